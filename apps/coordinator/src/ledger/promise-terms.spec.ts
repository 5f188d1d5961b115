import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { testHash } from '@fedseal/chain/testing/test-chain.testing';
import type { Payload } from '@fedseal/chain/leaf/payloads';
import { ShiftedClock } from '../coordinator.testing.js';
import type { Storage } from '../storage/open-storage.js';
import { openTestStorage } from '../storage/testing/test-database.testing.js';
import { openTestLedger } from './ledger.testing.js';
import type { TestLedger } from './ledger.testing.js';
import { PROMISE_GRACE_MS, SEAL_DUE_MS } from './promise-terms.js';
import { Scene } from './scene.testing.js';

/** Of every round that a scene opens. */
const DEADLINE_MS = 1_800_000_000_000;

describe('the promise of a commit', () => {
  let storage: Storage;
  let clock: ShiftedClock;
  let ledger: TestLedger;
  let scene: Scene;

  beforeEach(async () => {
    storage = await openTestStorage();
    clock = new ShiftedClock();
    setTo(DEADLINE_MS - 60_000);
    ledger = await openTestLedger(storage, { clock });
    scene = new Scene(ledger.service);
  });
  afterEach(async () => {
    await ledger.close();
    await storage.close();
  });

  const setTo = (ms: number) => clock.forward(ms - clock.nowMs());
  /** A block of its own, whether a round is open or not. */
  async function sealSomething(run: string): Promise<number> {
    await scene.createRun(run);
    return (await ledger.service.sealed(await scene.endRun(run))).height;
  }
  const terms = () => ledger.service.write(async (write) => write.promiseTerms({ run: 'digits', round: 1, attempt: 1 } as Payload<'update.commit'>));
  const waiting = async () => (await storage.ledger.pool()).map(({ hash }) => hash);

  async function openWithCommit(): Promise<string> {
    const alice = await scene.enrol('alice');
    await scene.createRun('digits');
    await scene.openRound('digits', [alice]);
    await scene.commit('digits', alice);
    return (await waiting()).at(-2)!;
  }

  it('names a day after the deadline, and the block after the next', async () => {
    await openWithCommit();
    expect(await terms()).toEqual({ height: 2, notAfterMs: DEADLINE_MS + PROMISE_GRACE_MS });
  });

  it('gives a late one half a day from now', async () => {
    await openWithCommit();
    setTo(DEADLINE_MS + 3 * PROMISE_GRACE_MS);
    const { notAfterMs } = await terms();
    expect(notAfterMs).toBeGreaterThanOrEqual(DEADLINE_MS + 3 * PROMISE_GRACE_MS + PROMISE_GRACE_MS / 2);
    expect(notAfterMs).toBeLessThan(DEADLINE_MS + 4 * PROMISE_GRACE_MS);
  });

  it('is kept by the next block that is searched for, though its round stays open', async () => {
    const commit = await openWithCommit();
    const { height } = await terms();
    ledger.start();
    await sealSomething('another');
    expect((await ledger.service.sealed(commit)).height).toBeLessThanOrEqual(height);
  });

  it('is kept also when its round never ends', async () => {
    const commit = await openWithCommit();
    ledger.start();
    // A run on hold: nothing closes, and nothing is due before half of the day is over.
    setTo(DEADLINE_MS + SEAL_DUE_MS - 600_000);
    ledger.timer.elapse();
    const [delayMs, ...others] = ledger.timer.delaysMs;
    expect(others).toEqual([]);
    expect(delayMs).toBeGreaterThan(0);
    expect(delayMs).toBeLessThanOrEqual(600_000);
    expect(ledger.service.head().height).toBe(0);
    setTo(DEADLINE_MS + SEAL_DUE_MS);
    ledger.timer.elapse();
    await expect(ledger.service.sealed(commit)).resolves.toMatchObject({ height: 1 });
    expect(ledger.timer.delaysMs).toEqual([]);
  });

  it('survives a restart with the commit', async () => {
    const commit = await openWithCommit();
    const before = await terms();
    await ledger.close();
    ledger = await openTestLedger(storage, { clock });
    expect(await terms()).toEqual(before);
    setTo(DEADLINE_MS + SEAL_DUE_MS);
    ledger.start();
    await expect(ledger.service.sealed(commit)).resolves.toMatchObject({ height: 1 });
  });

  it('knows which leaves it may be given for', async () => {
    const commit = await openWithCommit();
    const holds = (hash: string) => ledger.service.write((write) => write.holds(hash));
    expect([await holds(commit), await holds(testHash('another'))]).toEqual([true, false]);
    ledger.start();
    await sealSomething('another');
    expect([await holds(commit), (await waiting()).includes(commit)]).toEqual([true, false]);
  });
});
