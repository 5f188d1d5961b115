import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { io } from 'socket.io-client';
import { PROTOCOL_VERSION } from '@fedseal/protocol/version';
import { call } from './contributors/test-worker.testing.js';
import { temporaryHome } from './storage/testing/test-cluster.testing.js';
import { createTestDatabase, type TestDatabase } from './storage/testing/test-database.testing.js';

const program = fileURLToPath(new URL('../dist/main.js', import.meta.url));

let database: TestDatabase;
let home: string;
const running = new Set<Coordinator>();

interface Coordinator {
  readonly process: ChildProcess;
  readonly output: () => { stdout: string; stderr: string };
  readonly exited: Promise<[number | null, NodeJS.Signals | null]>;
}

function start(args: string[], change: Record<string, string> = {}): Coordinator {
  const env = { PATH: process.env['PATH'], FEDSEAL_HOME: home, FEDSEAL_PORT: '0', DATABASE_URL: database.url, ...change };
  const child = fork(program, args, { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'], execArgv: [] });
  const seen = { stdout: '', stderr: '' };
  child.stdout?.on('data', (text: Buffer) => void (seen.stdout += text.toString()));
  child.stderr?.on('data', (text: Buffer) => void (seen.stderr += text.toString()));
  const coordinator = { process: child, output: () => seen, exited: once(child, 'close') as Coordinator['exited'] };
  running.add(coordinator);
  void coordinator.exited.then(() => running.delete(coordinator));
  return coordinator;
}

async function ready(coordinator: Coordinator): Promise<string> {
  const message = await Promise.race([
    once(coordinator.process, 'message'),
    coordinator.exited.then(() => Promise.reject(new Error(coordinator.output().stderr))),
  ]);
  const [{ type, url }] = message as [{ type: string; url: string }];
  expect(type).toBe('ready');
  return url;
}

describe.runIf(existsSync(program))('the coordinator as a process (needs the built files)', () => {
  beforeAll(async () => {
    database = await createTestDatabase();
    home = temporaryHome();
  });
  afterAll(async () => {
    for (const { process: child, exited } of running) {
      child.kill('SIGKILL');
      await exited;
    }
    await database.drop();
    rmSync(home, { recursive: true, force: true });
  });

  it('serves, says where, keeps a second one off its home, and ends in order', async () => {
    const first = start(['serve']);
    const url = await ready(first);
    expect(JSON.parse(readFileSync(join(home, 'coordinator.json'), 'utf8'))).toMatchObject({ url, pid: first.process.pid });
    expect((await call(`${url}/health/ready`)).status).toBe(200);

    const second = start(['serve']);
    expect((await second.exited)[0]).toBe(3);
    const said = second.output();
    expect(said.stderr.trim().split('\n')).toEqual([expect.stringContaining(url)]);
    expect(said.stdout).toBe('');

    const page = io(`${url}/dashboard`, { auth: { protocol: PROTOCOL_VERSION }, forceNew: true, reconnection: false });
    await new Promise((resolve) => page.once('snapshot.v1', resolve));
    const left = new Promise<string>((resolve) => page.once('disconnect', resolve));
    // A terminal's Ctrl-C reaches the process group, and the command that started this process passes it on.
    first.process.kill('SIGINT');
    first.process.kill('SIGINT');
    expect(await first.exited).toEqual([0, null]);
    // Not 'io server disconnect', after which a client would not try again.
    expect(await left).toBe('transport close');
    expect(existsSync(join(home, 'coordinator.json'))).toBe(false);
    const lines = first.output().stderr.trim().split('\n').map((line) => JSON.parse(line) as { level: string });
    expect(lines.filter(({ level }) => ['error', 'fatal'].includes(level))).toEqual([]);
    expect(first.output().stdout).toBe('');
  });

  it('continues after kill -9 with the same chain, the same tokens and the same key', async () => {
    const files = () => ['operator.key', 'operator.token', 'session.key'].map((name) => readFileSync(join(home, name), 'utf8'));
    const first = start([]);
    const before = (await call(`${await ready(first)}/v1/federation`)).json as { chain: string };
    const secrets = files();
    first.process.kill('SIGKILL');
    await first.exited;
    const second = start([]);
    const after = (await call(`${await ready(second)}/v1/federation`)).json as { chain: string };
    expect(after.chain).toBe(before.chain);
    expect(files()).toEqual(secrets);
    second.process.kill('SIGTERM');
    expect(await second.exited).toEqual([0, null]);
  });

  it('says in one sentence that the port is in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const port = String((other.address() as AddressInfo).port);
    const refused = start(['serve'], { FEDSEAL_PORT: port });
    expect((await refused.exited)[0]).toBe(3);
    expect(refused.output().stderr.trim().split('\n')).toEqual([expect.stringMatching(new RegExp(`^Port ${port} of 127.0.0.1 is in use`))]);
    expect(existsSync(join(home, 'coordinator.lock'))).toBe(false);
    other.close();
  });

  it('names what is wrong with the settings and the arguments, and exits 2', async () => {
    const settings = start(['serve'], { FEDSEAL_PORT: 'hunter2', DATABASE_URL: '' });
    expect((await settings.exited)[0]).toBe(2);
    expect(settings.output().stderr).toMatch(/FEDSEAL_PORT/);
    expect(settings.output().stderr).not.toMatch(/hunter2/);
    for (const args of [['dance'], ['serve', 'now'], ['export'], ['audit', '--format', 'xml']]) {
      const wrong = start(args);
      expect([args, (await wrong.exited)[0]]).toEqual([args, 2]);
      expect(wrong.output().stderr).toContain('coordinator');
    }
  });

  it('audits and exports to standard output alone', async () => {
    const audit = start(['audit', '--format', 'json']);
    expect((await audit.exited)[0]).toBe(0);
    expect(JSON.parse(audit.output().stdout)).toMatchObject({ verified: true });
    const out = join(home, 'export');
    const exported = start(['export', '--out', out, '--format', 'json']);
    expect((await exported.exited)[0]).toBe(0);
    expect(JSON.parse(exported.output().stdout)).toMatchObject({ blocks: expect.any(Number) as number });
    expect(existsSync(join(out, 'chain.fsl'))).toBe(true);
  });
});
