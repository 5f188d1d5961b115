import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { leafHash } from '@fedseal/chain/leaf/leaf-hash';
import { signLeaf } from '@fedseal/chain/leaf/sign-leaf';
import { toHex } from '@fedseal/chain/bytes';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import { createSigner } from '@fedseal/chain/native/node-signer';
import { verifyPromise } from '@fedseal/chain/promise/promise';
import type { SealPromise } from '@fedseal/chain/promise/promise';
import { decodeReceipt } from '@fedseal/chain/receipt/receipt';
import { verifyReceipt } from '@fedseal/chain/receipt/verify-receipt';
import type { ReceiptReport } from '@fedseal/chain/receipt/verify-receipt';
import { createInvitationResponse } from '@fedseal/protocol/session';
import type { Ack, RoundInvite } from '@fedseal/protocol/worker-messages';
import type { RunDetail } from '@fedseal/protocol/rest';
import { commitPayload } from '../bench/light-update.js';
import { LightWorker } from '../bench/light-worker.js';
import { RoundScene } from '../rounds/round-scene.testing.js';
import type { SceneWorker } from '../rounds/round-scene.testing.js';
import { Ledger } from './ledger.js';
import { PROMISE_GRACE_MS } from './promise-terms.js';
import { secondSigner } from './second-signature.testing.js';

const RUN = 'evidence';
const EXAMPLES = 600;
const seed = new Uint8Array(randomBytes(32));

/** What a worker that keeps its evidence heard about a commit of its own. */
interface Heard {
  readonly invite: RoundInvite;
  readonly hash: string;
  readonly first: Ack;
  readonly again: Ack;
  readonly resigned: Ack;
}

let scene: RoundScene;
let others: SceneWorker[];
let keeper: LightWorker;
const heard: Heard[] = [];
const answers: Promise<void>[] = [];
let run: RunDetail;

async function commit(invite: RoundInvite, worker: LightWorker): Promise<void> {
  const update = worker.pack(invite);
  await worker.upload(update);
  const leaf = worker.commit(invite, update.artifact);
  const first = await worker.submit(leaf);
  const again = await worker.submit(leaf);
  const payload = commitPayload(invite, { chain: worker.chain, contributor: worker.keyId, update: update.artifact, examples: EXAMPLES });
  const resigned = await worker.submit(signLeaf('update.commit', payload, [secondSigner(seed)]));
  heard.push({ invite, hash: toHex(leafHash(nodeCrypto, leaf)), first, again, resigned });
}

beforeAll(async () => {
  scene = await RoundScene.open();
  others = [await scene.join('alpha'), await scene.join('beta')];
  const { code } = createInvitationResponse.parse((await scene.post('/v1/invitations', { role: 'contributor' })).json);
  keeper = await LightWorker.enrol({
    invitation: code, name: 'keeper', examples: EXAMPLES, signer: createSigner(seed), randomBytes: (length) => new Uint8Array(randomBytes(length)),
    onInvite: (invite, worker) => {
      answers.push(commit(invite, worker));
      return Promise.resolve();
    },
  });
  await keeper.connect();
  await scene.createRun(RUN, { policy: { quorum: 3 } });
  run = await scene.ended(RUN);
  await Promise.all(answers);
});
afterAll(async () => {
  keeper.disconnect();
  await scene.close();
});

async function receipt(path: string): Promise<ReceiptReport> {
  const response = await fetch(`${scene.url}${path}/receipt`);
  expect(response.status).toBe(200);
  return verifyReceipt(decodeReceipt(new Uint8Array(await response.arrayBuffer())), nodeCrypto);
}

const ledger = () => scene.app.get(Ledger);

function promised(ack: Ack): SealPromise {
  if (!ack.ok) throw new Error(`${ack.code}: ${ack.message}`);
  return verifyPromise(ack.promise, { publicKey: ledger().operator.publicKey, chain: ledger().chainId }, nodeCrypto);
}

describe('a commit', () => {
  it('is promised when it is taken, and the promise is kept', async () => {
    expect(heard).toHaveLength(2);
    for (const { invite, hash, first } of heard) {
      const promise = promised(first);
      expect(promise.leafHash).toBe(hash);
      // The next block, or the one after a search that was under way. The head may have moved since the invitation.
      expect(promise.height).toBeGreaterThanOrEqual(invite.head.height + 2);
      expect(promise.height).toBeLessThanOrEqual(invite.head.height + 3);
      expect(promise.notAfterMs).toBe(invite.deadlineAtMs + PROMISE_GRACE_MS);
      expect(promise.issuedAtMs).toBeLessThan(promise.notAfterMs);
      const { height, index } = await ledger().sealed(hash);
      expect(height).toBeLessThanOrEqual(promise.height);
      const { block, leaf, signers } = await receipt(`/v1/leaves/${index}`);
      expect(leaf).toMatchObject({ kind: 'update.commit', leafHash: hash });
      expect(signers).toMatchObject([{ name: 'keeper', keyId: keeper.keyId }]);
      expect(block.timestampMs).toBeLessThanOrEqual(promise.notAfterMs);
    }
  });

  it('is promised again when it is sent again', () => {
    for (const { hash, first, again } of heard) {
      expect(promised(again)).toMatchObject({ leafHash: hash, notAfterMs: promised(first).notAfterMs });
      expect(promised(again).height).toBeGreaterThanOrEqual(promised(first).height);
    }
  });

  it('is not promised under a second signature, which no block will hold', () => {
    for (const { resigned } of heard) {
      expect(resigned).toMatchObject({ ok: false, code: 'leaf.duplicate' });
      expect(resigned).not.toHaveProperty('promise');
    }
  });
});

describe('a federation', () => {
  it('has a receipt for every leaf', async () => {
    const { treeSize, treeRoot } = ledger().head();
    const kinds = new Set<string>();
    for (let index = 0; index < treeSize; index++) {
      const report = await receipt(`/v1/leaves/${index}`);
      expect(report).toMatchObject({ leaf: { index }, checkpoint: { size: treeSize, root: treeRoot } });
      kinds.add(report.leaf.kind);
    }
    for (const kind of ['charter', 'block.link', 'contributor.enrol', 'run.create', 'round.open', 'update.commit', 'update.verdict', 'round.close', 'run.end']) {
      expect(kinds).toContain(kind);
    }
    expect(others.every(({ verdicts }) => verdicts.length === 2)).toBe(true);
  });

  it('has a receipt for every model, of the leaf that says where it comes from', async () => {
    const { rounds } = await scene.get<{ rounds: { round: number; base: { sha256: string }; model: { sha256: string } }[] }>(`/v1/runs/${RUN}/rounds`);
    expect(rounds).toHaveLength(2);
    for (const { round, model } of rounds) {
      const { leaf, artifacts } = await receipt(`/v1/models/${model.sha256}`);
      expect(leaf.content).toMatchObject({ kind: 'round.close', payload: { predicate: { run: RUN, round } } });
      expect(artifacts).toContainEqual({ role: 'model', sha256: model.sha256 });
    }
    const initial = rounds[0]!.base.sha256;
    const { leaf, artifacts } = await receipt(`/v1/models/${initial}`);
    expect(leaf).toMatchObject({ kind: 'run.create', leafHash: run.created.hash });
    expect(artifacts).toContainEqual({ role: 'initial-model', sha256: initial });
  });

  it('has none for a model that it does not know', async () => {
    const response = await fetch(`${scene.url}/v1/models/${'ab'.repeat(32)}/receipt`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: 'model.not-found' });
  });
});
