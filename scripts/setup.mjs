// Makes a checkout ready to run: installs what is missing, generates the database client, builds. Idempotent; when
// nothing changed since the last time it returns at once. Everything it prints goes to standard error, because
// `npm start -- --format json` promises standard output to one JSON object.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const stampFile = join(root, 'node_modules', '.fedseal-setup.json');
const LEAST_NODE = [20, 19];

main();

function main() {
  checkNode();
  const stamp = existsSync(stampFile) ? JSON.parse(readFileSync(stampFile, 'utf8')) : {};
  const lock = digest([join(root, 'package-lock.json')], (file) => readFileSync(file));
  if (stamp.lock !== lock) {
    say('installing packages (once)');
    run('npm', ['ci', '--loglevel=error', '--no-audit', '--no-fund']);
    rmSync(stampFile, { force: true });
  }
  const sources = digest(sourceFiles(), (file) => `${statSync(file).mtimeMs}:${statSync(file).size}`);
  const built = ['coordinator', 'worker', 'cli'].every((app) => existsSync(join(root, 'apps', app, 'dist', 'main.js')))
    && existsSync(join(root, 'apps', 'dashboard', 'dist', 'site', 'index.html'));
  if (stamp.lock !== lock || stamp.sources !== sources || !built) {
    say('building');
    run(process.execPath, [join(root, 'node_modules', 'nx', 'dist', 'bin', 'nx.js'), 'run-many', '-t', 'build', '--output-style=static'], {
      NX_DAEMON: 'false', NX_TUI: 'false', NX_NO_CLOUD: 'true', CHECKPOINT_DISABLE: '1',
    });
    writeFileSync(stampFile, JSON.stringify({ lock, sources }));
  }
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > LEAST_NODE[0] || (major === LEAST_NODE[0] && minor >= LEAST_NODE[1])) return;
  say(`this is Node ${process.versions.node}; install Node ${LEAST_NODE.join('.')} or newer and start again`);
  process.exit(1);
}

function sourceFiles() {
  const rooms = ['libs', 'apps'].flatMap((kind) => readdirSync(join(root, kind)).map((name) => join(root, kind, name)));
  const inRooms = rooms.flatMap((room) => [
    ...walk(join(room, 'src')), ...walk(join(room, 'public')),
    ...['package.json', 'tsconfig.json', 'index.html', 'vite.config.ts'].map((name) => join(room, name)),
  ]);
  return [...inRooms, ...walk(join(root, 'prisma')), join(root, 'tsconfig.base.json'), join(root, 'prisma.config.ts')].filter(existsSync).sort();
}

function walk(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'generated' ? [] : walk(path);
    return [path];
  });
}

function digest(files, describe) {
  const hash = createHash('sha256');
  for (const file of files) hash.update(file.slice(root.length)).update('\0').update(describe(file)).update('\0');
  return hash.digest('hex');
}

function run(command, args, env = {}) {
  const result = spawnSync(command, args, {
    cwd: root,
    // The child's standard output is this process's standard error.
    stdio: ['ignore', 2, 2],
    env: { ...process.env, ...env },
    shell: process.platform === 'win32' && command === 'npm',
  });
  if (result.status === 0) return;
  say(`\`${command} ${args.join(' ')}\` failed; what it printed above says why`);
  process.exit(1);
}

function say(text) {
  process.stderr.write(`fedseal: ${text}\n`);
}
