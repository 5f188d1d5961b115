import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { concatBytes } from '@fedseal/chain/bytes';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import { createSigner } from '@fedseal/chain/native/node-signer';
import { WORKER_EVENTS } from '@fedseal/protocol/worker-messages';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MiniChain } from '../testing/mini-chain.testing.js';
import { MiniCoordinator } from '../testing/mini-coordinator.testing.js';
import { temporaryHome, WorkerHarness } from '../testing/worker-harness.testing.js';
import type { VerifiedHead } from '../home/worker-home.js';
import { checkHeaders } from './check-headers.js';

describe('headers', () => {
  const chain = new MiniChain(createSigner(new Uint8Array(randomBytes(32))));
  for (let i = 0; i < 5; i++) chain.seal();
  const raw = () => concatBytes(...chain.headers);
  const check = (bytes: Uint8Array) => checkHeaders(nodeCrypto, undefined, chain.chainId, bytes);

  it('lead from nothing to the head', () => {
    expect(check(raw()).at(-1)).toMatchObject(chain.head);
  });

  it('are refused when any one byte is changed', () => {
    const bytes = raw();
    for (let at = 0; at < bytes.length; at++) {
      const changed = Uint8Array.from(bytes);
      changed[at]! ^= 1;
      let reached: VerifiedHead | undefined;
      try {
        reached = check(changed).at(-1);
      } catch (error) {
        expect((error as { code: string }).code).toMatch(/^history\./);
        continue;
      }
      // Only the last block can change into another valid one, with luck in its proof of work: its hash is then another.
      expect(reached?.blockHash, `byte ${at}`).not.toBe(chain.head.blockHash);
      expect(at).toBeGreaterThanOrEqual(bytes.length - 176);
    }
  });

  it('are refused when one is missing, cut off or of another chain', () => {
    const [first, , third] = chain.headers as [Uint8Array, Uint8Array, Uint8Array];
    expect(() => check(concatBytes(first, third))).toThrow('was sent where 1 was asked for');
    expect(() => check(first.subarray(0, 100))).toThrow('cut off');
    expect(() => checkHeaders(nodeCrypto, undefined, '0'.repeat(64), raw())).toThrow('another federation');
  });
});

describe('a worker and the history it is shown', () => {
  let coordinator: MiniCoordinator;
  let worker: WorkerHarness;
  let home: Awaited<ReturnType<typeof temporaryHome>>;
  const headFile = () => join(home.home, 'head.json');
  const keptHead = async () => JSON.parse(await readFile(headFile(), 'utf8')) as VerifiedHead;

  beforeEach(async () => {
    home = await temporaryHome();
    coordinator = new MiniCoordinator();
    await coordinator.start();
    worker = new WorkerHarness(home.home, { invite: coordinator.invitation() });
    await worker.event('online');
  });

  afterEach(async () => {
    await worker.stop().catch(() => undefined);
    await coordinator.stop();
    await home.remove();
  });

  const firstRound = async () => {
    const invite = coordinator.openRound();
    await coordinator.push(WORKER_EVENTS.invite, invite);
    await worker.event('update', ({ outcome }) => outcome === 'delivered');
    return invite;
  };

  it('keeps each head it verified and signs the newest one', async () => {
    const first = await firstRound();
    expect(await keptHead()).toMatchObject(first.head);
    for (let i = 0; i < 3; i++) coordinator.chain.seal();
    await coordinator.push(WORKER_EVENTS.invite, coordinator.openRound(2));
    await worker.event('update', ({ attempt }) => attempt === 2);
    expect(await keptHead()).toMatchObject(coordinator.chain.head);
    expect(coordinator.leavesOf('update.commit').map(({ payload }) => payload.seen.height)).toEqual([first.head.height, coordinator.chain.head.height]);
  });

  it('takes an invitation with an older head when that is an ancestor, and signs the one it knows', async () => {
    await firstRound();
    const known = coordinator.chain.head;
    const invite = coordinator.openRound(2);
    await coordinator.push(WORKER_EVENTS.invite, { ...invite, head: coordinator.chain.headAt(0) });
    await worker.event('update', ({ attempt }) => attempt === 2);
    expect(coordinator.leavesOf('update.commit').at(-1)?.payload.seen).toEqual(known);
  });

  it('stops loudly when the coordinator shows another chain from genesis', async () => {
    coordinator.headersFrom = new MiniChain(coordinator.operator, 'Another federation');
    coordinator.headersFrom.seal();
    const invite = coordinator.openRound();
    await coordinator.push(WORKER_EVENTS.invite, { ...invite, head: coordinator.headersFrom.head });
    await expect(worker.done).rejects.toMatchObject({ code: 'history.contradiction', exitStatus: 3 });
    expect(coordinator.submissions.filter(({ kind }) => kind === 'update.commit')).toHaveLength(0);
  });

  it('stops loudly when history is rewritten behind the head it kept', async () => {
    await firstRound();
    const kept = await keptHead();
    // The same federation up to its charter, and another past since: the operator mined it anew.
    const rewritten = rewrite(coordinator.chain);
    for (let i = 0; i < 4; i++) rewritten.seal();
    coordinator.headersFrom = rewritten;
    await coordinator.push(WORKER_EVENTS.invite, { ...coordinator.openRound(2), head: rewritten.head });
    await expect(worker.done).rejects.toMatchObject({ code: 'history.contradiction', message: expect.stringContaining('evidence') });
    expect(await keptHead()).toEqual(kept);
    expect(worker.trainer.jobs).toHaveLength(1);
  });

  it('stops loudly when another block takes the place of the one it kept', async () => {
    await firstRound();
    const rewritten = rewrite(coordinator.chain);
    while (rewritten.head.height < coordinator.chain.head.height) rewritten.seal();
    coordinator.headersFrom = rewritten;
    await coordinator.push(WORKER_EVENTS.invite, coordinator.inviteFor(2, rewritten.headAt(coordinator.chain.head.height)));
    await expect(worker.done).rejects.toMatchObject({ code: 'history.contradiction' });
  });

  it('stops loudly when blocks it verified are gone', async () => {
    for (let i = 0; i < 3; i++) coordinator.chain.seal();
    await firstRound();
    const shorter = rewrite(coordinator.chain);
    shorter.seal();
    coordinator.headersFrom = shorter;
    await coordinator.push(WORKER_EVENTS.invite, coordinator.inviteFor(2, shorter.head));
    await expect(worker.done).rejects.toMatchObject({ code: 'history.contradiction' });
  });

  it('stops loudly when the tree is not an extension of the kept tree, although the headers link', async () => {
    await firstRound();
    // A kept head whose tree is another one: as if the leaves below it had been exchanged.
    const kept = await keptHead();
    await writeFile(headFile(), JSON.stringify({ ...kept, treeRoot: 'ab'.repeat(32) }));
    coordinator.chain.seal();
    await coordinator.push(WORKER_EVENTS.invite, coordinator.openRound(2));
    await expect(worker.done).rejects.toMatchObject({ code: 'history.contradiction', message: expect.stringContaining('prefix') });
  });

  it('gives up one round, not the connection, when the claimed head is not served', async () => {
    const invite = coordinator.openRound();
    await coordinator.push(WORKER_EVENTS.invite, { ...invite, head: { ...invite.head, height: invite.head.height + 7 } });
    expect(await worker.event('update')).toMatchObject({ outcome: 'abandoned', code: 'chain.behind' });
    await coordinator.push(WORKER_EVENTS.invite, coordinator.openRound(2));
    await worker.event('update', ({ outcome }) => outcome === 'delivered');
  });
});

/** A chain of the same charter (and so the same chainId) without anything that followed it. */
function rewrite(chain: MiniChain): MiniChain {
  const other = new MiniChain(chain.operator);
  if (other.chainId !== chain.chainId) throw new Error('the charter is the same');
  return other;
}
