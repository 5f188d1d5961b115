import { randomBytes } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeConflict } from '@fedseal/chain/conflict/conflict';
import { verifyConflict } from '@fedseal/chain/conflict/verify-conflict';
import { decodeContradiction } from '@fedseal/chain/contradiction/contradiction';
import { verifyContradiction } from '@fedseal/chain/contradiction/verify-contradiction';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import { createSigner } from '@fedseal/chain/native/node-signer';
import { decodeOmission } from '@fedseal/chain/omission/omission';
import { verifyOmission } from '@fedseal/chain/omission/verify-omission';
import { decodePromise, signPromise, verifyPromise } from '@fedseal/chain/promise/promise';
import { decodeReceipt } from '@fedseal/chain/receipt/receipt';
import { verifyReceipt } from '@fedseal/chain/receipt/verify-receipt';
import { WORKER_EVENTS } from '@fedseal/protocol/worker-messages';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MiniChain } from '../testing/mini-chain.testing.js';
import { MiniCoordinator } from '../testing/mini-coordinator.testing.js';
import { temporaryHome, WorkerHarness } from '../testing/worker-harness.testing.js';

const NAME = 'demo.1.1';
const OFTEN = { spacingMs: 10, mostMs: 40 };

let coordinator: MiniCoordinator;
let home: string;
let removeHome: () => Promise<void>;
const workers: WorkerHarness[] = [];

type Options = ConstructorParameters<typeof WorkerHarness>[1];
function start(options: Options = {}): WorkerHarness {
  const worker = new WorkerHarness(home, { waking: OFTEN, ...options });
  workers.push(worker);
  return worker;
}

async function startOnline(options: Options = {}): Promise<WorkerHarness> {
  const worker = start({ invite: coordinator.invitation(), ...options });
  await worker.event('online');
  return worker;
}

/** A round up to the acknowledged commit. */
async function deliver(worker: WorkerHarness, attempt = 1) {
  await coordinator.push(WORKER_EVENTS.invite, coordinator.openRound(attempt));
  return worker.event('update', (update) => update.attempt === attempt && update.outcome === 'delivered');
}

const names = (folder: string) => readdir(join(home, folder));
const file = (...path: string[]) => readFile(join(home, ...path));
const operator = () => ({ publicKey: coordinator.operator.publicKey, chain: coordinator.chain.chainId });

beforeEach(async () => {
  ({ home, remove: removeHome } = await temporaryHome());
  coordinator = new MiniCoordinator();
  await coordinator.start();
});

afterEach(async () => {
  for (const worker of workers.splice(0)) await worker.stop().catch(() => undefined);
  await coordinator.stop();
  await removeHome();
});

describe('what the operator owes', () => {
  it('is kept with the acknowledgement, and the receipt when the leaf is sealed, renewed once its block has a link', async () => {
    const worker = await startOnline();
    const { commit } = await deliver(worker);
    expect(await worker.event('promise')).toMatchObject({ run: 'demo', round: 1, attempt: 1, leafHash: commit });
    expect(verifyPromise(decodePromise(await file('promises', `${NAME}.json`)), operator(), nodeCrypto)).toMatchObject({ leafHash: commit });
    expect(await names('promises')).toEqual([`${NAME}.json`, `${NAME}.leaf`]);

    coordinator.chain.seal();
    const kept = await worker.event('receipt');
    expect(kept).toMatchObject({ status: 'sealed, unlinked', block: coordinator.chain.head.height, file: join(home, 'receipts', `${NAME}.json`) });
    const receipt = () => file('receipts', `${NAME}.json`).then((bytes) => verifyReceipt(decodeReceipt(bytes), nodeCrypto));
    expect(await receipt()).toMatchObject({ leaf: { leafHash: commit, index: kept.index }, status: 'sealed, unlinked' });

    coordinator.chain.seal();
    await expect.poll(() => names('promises')).toEqual([`${NAME}.json`]);
    expect(await receipt()).toMatchObject({ leaf: { leafHash: commit }, status: 'sealed', checkpoint: { size: coordinator.chain.tree.size } });
    expect(await names('evidence')).toEqual([]);
    // Its leaf is settled, so nothing is asked any more until something happens.
    const asked = coordinator.requests.length;
    await expect(coordinator.push('weather.report.v1', {})).resolves.toMatchObject([{ ok: false }]);
    expect(coordinator.requests.length).toBe(asked);
  });

  it('is settled after a restart', async () => {
    const worker = await startOnline({ waking: { spacingMs: 3_600_000, mostMs: 3_600_000 } });
    await deliver(worker);
    await worker.stop();
    expect(await names('receipts')).toEqual([]);
    coordinator.chain.seal();
    coordinator.chain.seal();
    const second = start();
    expect(await second.event('receipt')).toMatchObject({ run: 'demo', round: 1, status: 'sealed' });
    await expect.poll(() => names('promises')).toEqual([`${NAME}.json`]);
  });

  it('counts for nothing when it is another\'s, or for another leaf; the update counts all the same', async () => {
    const worker = await startOnline();
    const stranger = createSigner(new Uint8Array(randomBytes(32)));
    coordinator.answerLeaf = (leaf) => (leaf.kind === 'update.commit' ? { ok: true, promise: signPromise(coordinator.terms('ab'.repeat(32)), stranger) } : undefined);
    await deliver(worker);
    expect(await worker.event('error')).toMatchObject({ code: 'promise.signature' });
    coordinator.answerLeaf = (leaf) => (leaf.kind === 'update.commit' ? { ok: true, promise: signPromise(coordinator.terms('ab'.repeat(32)), coordinator.operator) } : undefined);
    await deliver(worker, 2);
    expect(await worker.event('error', () => true, 2)).toMatchObject({ code: 'promise.other-leaf' });
    expect(await names('promises')).toEqual([]);
  });

  it('is asked again when the acknowledgement was lost, and the first promise stands', async () => {
    const worker = await startOnline();
    await deliver(worker);
    const first = await file('promises', `${NAME}.json`);
    coordinator.answerLeaf = ({ kind }) => (kind === 'update.commit' ? { ok: true, promise: signPromise(coordinator.terms(decodePromise(first).promise.leafHash, { height: 900 }), coordinator.operator) } : undefined);
    await coordinator.push(WORKER_EVENTS.invite, coordinator.inviteFor(1, coordinator.chain.head));
    await worker.event('update', ({ again }) => again === true);
    expect(await file('promises', `${NAME}.json`)).toEqual(first);
  });
});

describe('a broken promise', () => {
  it('is proven by a file as soon as the signed tree shows it, and the worker goes on', async () => {
    const worker = await startOnline();
    const { commit } = await deliver(worker);
    coordinator.chain.drop(commit as string);
    for (let i = 0; i < 3; i++) coordinator.chain.seal();
    const found = await worker.event('evidence');
    expect(found).toMatchObject({ kind: 'omission', file: join(home, 'evidence', `omission-${NAME}.json`) });
    expect(found.message).toContain('fedseal receipt verify');
    const { height } = decodePromise(await file('promises', `${NAME}.json`)).promise;
    expect(verifyOmission(decodeOmission(await readFile(found.file)), nodeCrypto)).toMatchObject({
      status: 'omitted', term: 'height', promise: { leafHash: commit }, block: { height }, checkpoint: { size: coordinator.chain.tree.size },
    });
    expect(await names('promises')).toContain(`${NAME}.leaf`);

    await deliver(worker, 2);
    await worker.stop();
    const second = start();
    coordinator.chain.seal();
    await second.event('receipt', ({ attempt }) => attempt === 2);
    expect([...worker.events, ...second.events].filter(({ event }) => event === 'evidence')).toHaveLength(1);
  });

  it('is called late when the leaf comes after its time; its receipt is kept beside the proof', async () => {
    const worker = await startOnline();
    const { commit } = await deliver(worker);
    const putBack = coordinator.chain.drop(commit as string);
    coordinator.chain.seal();
    coordinator.chain.seal();
    putBack();
    coordinator.chain.seal();
    coordinator.chain.seal();
    const found = await worker.event('evidence');
    expect(verifyOmission(decodeOmission(await readFile(found.file)), nodeCrypto)).toMatchObject({ status: 'late', promise: { leafHash: commit } });
    await expect.poll(() => names('promises')).toEqual([`${NAME}.json`]);
    expect(verifyReceipt(decodeReceipt(await file('receipts', `${NAME}.json`)), nodeCrypto).leaf.leafHash).toBe(commit);
  });

  it('is proven by time too, by a block that was found after it', async () => {
    coordinator.promise = (hash) => coordinator.terms(hash, { height: 900, notAfterMs: coordinator.chain.timestampMs + 15 });
    const worker = await startOnline();
    const { commit } = await deliver(worker);
    coordinator.chain.drop(commit as string);
    for (let i = 0; i < 3; i++) coordinator.chain.seal();
    const found = await worker.event('evidence');
    expect(verifyOmission(decodeOmission(await readFile(found.file)), nodeCrypto)).toMatchObject({ status: 'omitted', term: 'time' });
  });

  it('is told without a proof while time has passed and no block shows it', async () => {
    let nowMs = Date.now();
    const worker = await startOnline({ nowMs: () => nowMs });
    await deliver(worker);
    nowMs += 2 * 86_400_000;
    expect(await worker.event('notice')).toMatchObject({ code: 'promise.overdue' });
    expect(await names('evidence')).toEqual([]);
  });
});

describe('a history that contradicts', () => {
  /** The same federation up to its charter, and another past since. */
  function rewritten(size: number): MiniChain {
    const other = new MiniChain(coordinator.operator);
    while (other.tree.size < size) other.seal();
    return other;
  }
  const settled = async () => {
    const worker = await startOnline();
    await deliver(worker);
    coordinator.chain.seal();
    coordinator.chain.seal();
    await expect.poll(() => names('checkpoints')).toContain(`${coordinator.chain.tree.size}.txt`);
    return worker;
  };
  const refusal = async (worker: WorkerHarness) => {
    const error = (await worker.done.then(() => undefined, (reason: unknown) => reason)) as { code: string; exitStatus: number; message: string };
    expect(error).toMatchObject({ exitStatus: 3 });
    const found = await worker.event('evidence');
    expect(error.message).toContain(found.file);
    return found;
  };

  it.each([['size', 0], ['prefix', 4]] as const)('is proven by %s, although it is valid by itself', async (kind, more) => {
    const worker = await settled();
    const size = coordinator.chain.tree.size;
    coordinator.headersFrom = rewritten(size + more);
    coordinator.dropConnections();
    const found = await refusal(worker);
    expect(found.kind).toBe('contradiction');
    const proof = decodeContradiction(await readFile(found.file));
    expect(proof.evidence.kind).toBe(kind);
    expect(verifyContradiction(proof, nodeCrypto)).toMatchObject({ chainId: coordinator.chain.chainId, size, laterSize: size + more });
  });

  it('is proven by a tree that was signed earlier, when the other history is the shorter one', async () => {
    const worker = await settled();
    for (let i = 0; i < 3; i++) coordinator.chain.seal();
    coordinator.dropConnections();
    await expect.poll(() => names('checkpoints')).toContain(`${coordinator.chain.tree.size}.txt`);
    coordinator.headersFrom = rewritten(coordinator.chain.tree.size - 1);
    coordinator.dropConnections();
    expect(await refusal(worker)).toMatchObject({ kind: 'contradiction' });
  });

  it('is written down for what it is where the operator signs nothing more', async () => {
    const worker = await settled();
    const kept = coordinator.chain.head;
    coordinator.headersFrom = rewritten(coordinator.chain.tree.size + 4);
    coordinator.checkpoint = undefined;
    coordinator.dropConnections();
    const found = await refusal(worker);
    expect(found).toMatchObject({ kind: 'conflict', message: expect.stringContaining('does not prove by itself') });
    const report = verifyConflict(decodeConflict(await readFile(found.file)), nodeCrypto);
    expect(report).toMatchObject({ kept, keptIsSigned: true, header: { height: expect.any(Number) as number } });
  });

  it('is met by a worker that an invitation reaches first, before it trains', async () => {
    const worker = await settled();
    await worker.stop();
    const again = await startOnline({ waking: { spacingMs: 3_600_000, mostMs: 3_600_000 } });
    coordinator.headersFrom = rewritten(coordinator.chain.tree.size + 4);
    await coordinator.push(WORKER_EVENTS.invite, { ...coordinator.openRound(2), head: coordinator.headersFrom.head });
    expect(await refusal(again)).toMatchObject({ kind: 'contradiction' });
    expect(again.trainer.jobs).toHaveLength(0);
  });

  it('is found in the operator\'s checkpoint alone, when blocks and checkpoint tell different histories', async () => {
    const worker = await settled();
    const other = rewritten(coordinator.chain.tree.size);
    coordinator.checkpoint = () => other.checkpoint().note;
    coordinator.dropConnections();
    expect(await refusal(worker)).toMatchObject({ kind: 'contradiction' });
  });
});

describe('the files', () => {
  it('that a crash left half written are cleared away, and whole ones that were changed are not trusted', async () => {
    const worker = await startOnline({ waking: { spacingMs: 3_600_000, mostMs: 3_600_000 } });
    await deliver(worker);
    await worker.stop();
    await writeFile(join(home, 'promises', 'demo.9.1.json.tmp'), 'half');
    const second = await startOnline({ waking: { spacingMs: 3_600_000, mostMs: 3_600_000 } });
    expect(await names('promises')).toEqual([`${NAME}.json`, `${NAME}.leaf`]);
    await second.stop();
    await writeFile(join(home, 'promises', `${NAME}.json`), '{}');
    const third = await startOnline();
    expect(await third.event('notice')).toMatchObject({ code: 'home.corrupt' });
  });
});
