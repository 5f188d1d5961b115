/**
 * One federation of Flower: its deployment, a SuperLink in the servers' namespace and every SuperNode a process in the clients',
 * or its simulation, where the SuperLink runs the clients as actors.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { MemoryWatch } from '../measure/memory.mjs';
import { Processes, until } from '../measure/processes.mjs';

const app = join(dirname(fileURLToPath(import.meta.url)), '..', 'app');
const PORT = 9092;
const run = promisify(execFile);

/** Settings that keep Flower from asking servers of its makers anything; threads as one core has them. */
export const FLOWER_ENV = { FLWR_TELEMETRY_ENABLED: '0', FLWR_DISABLE_UPDATE_CHECK: '1', OMP_NUM_THREADS: '1', RAY_USAGE_STATS_ENABLED: '0' };

/** @returns {Record<string, string | number>} the app's settings, as `flwr run` takes them */
export const settings = ({ clients, trainer, rounds, epochs, batch, learningRate, data }, report) => ({
  clients, trainer: trainer === 'train' ? 'torch' : 'numpy', rounds, epochs, batch, 'learning-rate': learningRate, data: data ?? '', report,
});

/** @returns rounds with the second each ended at, and the peaks of memory */
export async function runFlower(options, { simulation = false } = {}) {
  const { clients, folder, address, inClients, bytes, python } = options;
  const processes = new Processes();
  const bin = dirname(python);
  const home = join(folder, 'flwr');
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, 'config.toml'), `[superlink]\ndefault = "bench"\n\n[superlink.bench]\naddress = "${address}:${PORT}"\ninsecure = true\n`);
  const env = { ...FLOWER_ENV, FLWR_HOME: home, PATH: `${bin}:${process.env.PATH}` };
  const report = join(folder, 'report.jsonl');
  const log = (name) => join(folder, `${name}.log`);
  try {
    const superlink = processes.start(
      [join(bin, 'flower-superlink'), '--insecure', '--host', address, '--port', String(PORT), '--disable-runtime-dependency-installation',
        ...(simulation ? ['--simulation'] : [])],
      { env, log: log('superlink') },
    );
    const memory = new MemoryWatch(superlink.pid, () => (simulation ? 'everything' : 'superlink and serverapp'));
    const shows = (name, text) => until(async () => (existsSync(log(name)) && readFileSync(log(name), 'utf8').includes(text) ? true : undefined), `${name} to be up`);
    await shows('superlink', 'Application startup complete');
    for (let client = 0; client < clients && !simulation; client++) {
      processes.start(
        [...inClients, join(bin, 'flower-supernode'), '--insecure', '--superlink', `${address}:${PORT}`, '--port', String(20_000 + client),
          '--node-config', `partition-id=${client} num-partitions=${clients}`],
        { env, log: log(`supernode-${client}`) },
      );
    }
    for (let client = 0; client < clients && !simulation; client++) await shows(`supernode-${client}`, 'SuperNode ID');
    const before = bytes();
    const config = Object.entries(settings(options, report)).map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(' ');
    await run(join(bin, 'flwr'), ['run', app, 'bench', '--run-config', config, ...(simulation ? ['--federation-config', `num-supernodes=${clients}`] : [])], { env: { ...process.env, ...env } });
    await until(async () => readReport(report).finished || undefined, 'the Flower run to end', 3_600_000, 250);
    const after = bytes();
    return {
      system: simulation ? 'flower-simulation' : 'flower',
      ...readReport(report),
      bytes: simulation ? null : { up: after.up - before.up, down: after.down - before.down },
      memory: memory.stop(),
    };
  } finally {
    await processes.stop();
  }
}

/** What the server app wrote, as rounds. */
export function readReport(file) {
  if (!existsSync(file)) return { finished: false };
  const lines = readFileSync(file, 'utf8').trim().split('\n').filter(Boolean).map((line) => JSON.parse(line));
  const of = (round, key) => lines.find((line) => line.round === round && key in line);
  const rounds = lines.filter((line) => 'aggregatedAt' in line).map(({ round, aggregatedAt, longestTraining, failed }) => ({
    round, endedAt: aggregatedAt, longestTraining, failed, accuracy: of(round, 'endedAt')?.accuracy ?? null,
  }));
  return { finished: lines.some((line) => 'finishedAt' in line), startedAt: of(0, 'endedAt')?.endedAt, rounds };
}
