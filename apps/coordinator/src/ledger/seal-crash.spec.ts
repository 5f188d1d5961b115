import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Storage } from '../storage/open-storage.js';
import { openTestStorage } from '../storage/testing/test-database.testing.js';
import { openTestLedger } from './ledger.testing.js';
import { loadOperatorKey } from './operator-key.js';
import { Scene } from './scene.testing.js';

/** The built coordinator: `npm test` builds before it tests. */
const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

describe('a coordinator that dies while it seals', () => {
  let storage: Storage;
  let home: string;
  let children: ChildProcess[];

  beforeEach(async () => {
    storage = await openTestStorage();
    home = await mkdtemp(join(tmpdir(), 'fedseal-crash-'));
    children = [];
  });

  afterEach(async () => {
    for (const child of children.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await storage.close();
    await rm(home, { recursive: true, force: true });
  });

  function coordinator(crashAt?: string): ChildProcess {
    const child = spawn(process.execPath, [MAIN, 'serve'], {
      env: {
        PATH: process.env['PATH'], FEDSEAL_HOME: home, FEDSEAL_PORT: '0', FEDSEAL_LOG_LEVEL: 'warn', DATABASE_URL: storage.url,
        ...(crashAt === undefined ? {} : { FEDSEAL_CRASH_AT: crashAt }),
      },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    children.push(child);
    return child;
  }

  async function sealedAndWaiting() {
    return { height: (await storage.ledger.tip())?.height, waiting: (await storage.ledger.pool()).length };
  }

  it.each([
    ['before the block is written', 'seal.before-append', { height: 0, waiting: 4 }],
    ['after the block is durable', 'seal.after-append', { height: 1, waiting: 0 }],
  ])('%s seals it exactly once after a restart', async (_, crashAt, left) => {
    const operator = await loadOperatorKey(home, randomBytes);
    const ledger = await openTestLedger(storage, { operator });
    const scene = new Scene(ledger.service);
    await scene.enrol('alice');
    await scene.enrol('bob');
    await scene.createRun('digits');
    const end = await scene.endRun('digits');
    await ledger.close();

    const [, signal] = (await once(coordinator(crashAt), 'exit')) as [number | null, NodeJS.Signals | null];
    expect(signal).toBe('SIGKILL');
    expect(await sealedAndWaiting()).toEqual(left);

    const [ready] = (await once(coordinator(), 'message')) as [{ type: string; url: string }];
    expect(ready.type).toBe('ready');
    // Asked over its own interface until the block is there; each answer is a round trip to the process.
    for (let head = 0; head < 1; ) {
      const federation = (await (await fetch(`${ready.url}/v1/federation`)).json()) as { head: { height: number } };
      head = federation.head.height;
    }
    expect(await sealedAndWaiting()).toEqual({ height: 1, waiting: 0 });
    const sealed = await storage.ledger.leafByHash(end);
    expect(sealed).toMatchObject({ blockHeight: 1, index: 5 });

    const verified = await openTestLedger(storage, { operator });
    expect(verified.service.head()).toMatchObject({ height: 1, treeSize: 6 });
    await verified.close();
  });
});
