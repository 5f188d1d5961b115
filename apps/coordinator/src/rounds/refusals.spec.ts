import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toHex } from '@fedseal/chain/bytes';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import { readLeaf } from '@fedseal/chain/leaf/read-leaf';
import type { Tensor } from '@fedseal/model/tensors';
import type { Provenance } from '@fedseal/protocol/rest';
import type { Ack, RoundInvite } from '@fedseal/protocol/worker-messages';
import { lightDeltas, packUpdate, type PackedUpdate } from '../bench/light-update.js';
import { recomputedModel } from './recomputed-model.testing.js';
import { RoundScene, honest, silent, type Behaviour, type SceneWorker } from './round-scene.testing.js';

let scene: RoundScene;
let good: [SceneWorker, SceneWorker];
let bad: SceneWorker;
beforeAll(async () => {
  scene = await RoundScene.open();
  good = [await scene.join('alpha'), await scene.join('beta')];
  bad = await scene.join('mallory');
});
afterAll(() => scene.close());

/** Plays a run of one round in which the third worker misbehaves before the others answer. */
async function playRound(name: string, misbehave: Behaviour): Promise<Provenance> {
  let release: () => void = () => undefined;
  const turn = new Promise<void>((resolve) => (release = resolve));
  for (const worker of good) {
    worker.behave = async (invite) => {
      await turn;
      await honest(invite, worker);
    };
  }
  let failure: unknown;
  bad.behave = async (invite) => {
    await misbehave(invite, bad).catch((error: unknown) => (failure = error));
    release();
  };
  await scene.createRun(name, { rounds: 1 });
  expect(await scene.ended(name)).toMatchObject({ status: 'completed', closed: 1 });
  if (failure !== undefined) throw failure;
  return scene.get(`/v1/runs/${name}/rounds/1/provenance`);
}

const partOf = ({ contributions }: Provenance, worker: SceneWorker) => contributions.filter(({ contributor }) => contributor === worker.keyId);

/** The round went on with the two honest updates alone, and its model says so. */
async function expectUnharmed(record: Provenance): Promise<void> {
  expect(record).toMatchObject({ status: 'closed', attempt: 1, accepted: 2, denominator: '300' });
  expect(record.contributions.filter(({ outcome }) => outcome === 'accepted').map(({ contributor }) => contributor).sort())
    .toEqual(good.map(({ keyId }) => keyId).sort());
  expect(await recomputedModel(scene, record)).toBe(record.model?.sha256);
}

async function expectSealedVerdict(record: Provenance, part: Provenance['contributions'][number], reason: string): Promise<void> {
  expect(part).toMatchObject({ outcome: 'refused', reason, weight: null });
  expect(part.commit?.sealed).not.toBeNull();
  const { raw } = await scene.get<{ raw: string }>(`/v1/leaves/${part.verdict!.sealed!.index}`);
  const verdict = readLeaf(new Uint8Array(Buffer.from(raw, 'base64')));
  expect(verdict).toMatchObject({ kind: 'update.verdict', payload: { run: record.run, contributor: bad.keyId, commit: part.commit!.hash, outcome: 'refused', reason } });
  await scene.event('update.refused.v1', (data) => data.run === record.run && data.reason === reason && data.contributor === bad.keyId);
}

const submit = async (invite: RoundInvite, update: PackedUpdate): Promise<Ack> => {
  await bad.light.upload(update);
  return bad.light.submit(bad.light.commit(invite, update.artifact));
};
const deltas = (invite: RoundInvite): Tensor[] => lightDeltas(invite, bad.keyId);
const withValue = (invite: RoundInvite, at: number, value: number): PackedUpdate => {
  const tensors = deltas(invite);
  tensors.at(-1)!.data[at] = value;
  return packUpdate(tensors);
};
/** A file that holds these bytes, whatever they are. */
const rawFile = (file: Uint8Array): PackedUpdate => {
  const sha256 = toHex(nodeCrypto.sha256(file));
  return { file, artifact: { sha256, tensorRoot: sha256, bytes: file.length } };
};
const reshaped = (invite: RoundInvite): Tensor[] => deltas(invite).map((tensor, n) => (n === 0 ? { ...tensor, shape: [...tensor.shape].reverse() } : tensor));

describe('an update is refused and the round is unharmed', () => {
  it.each<[reason: string, make: (invite: RoundInvite) => PackedUpdate]>([
    ['non-finite', (invite) => withValue(invite, 0, Number.NaN)],
    ['out-of-bound', (invite) => withValue(invite, 1, 8.000001)],
    ['shape-mismatch', (invite) => packUpdate(reshaped(invite))],
    ['tensor-missing', (invite) => packUpdate(deltas(invite).slice(1))],
    ['tensor-unknown', (invite) => packUpdate([...deltas(invite), { name: 'extra', shape: [1], data: new Float32Array(1) }])],
    ['malformed-file', () => rawFile(new TextEncoder().encode('no safetensors file'))],
    ['tensor-root-mismatch', (invite) => {
      const update = bad.light.pack(invite);
      return { ...update, artifact: { ...update.artifact, tensorRoot: 'ab'.repeat(32) } };
    }],
  ])('%s', async (reason, make) => {
    const record = await playRound(reason, async (invite) => expect(await submit(invite, make(invite))).toMatchObject({ ok: true }));
    const [part, ...more] = partOf(record, bad);
    expect(more).toEqual([]);
    await expectSealedVerdict(record, part!, reason);
    await expectUnharmed(record);
    expect(bad.verdicts.at(-1)).toEqual({ run: reason, round: 1, attempt: 1, outcome: 'refused', reason });
  });

  it('infinite', async () => {
    const record = await playRound('infinite', async (invite) => expect(await submit(invite, withValue(invite, 0, -Infinity))).toMatchObject({ ok: true }));
    await expectSealedVerdict(record, partOf(record, bad)[0]!, 'non-finite');
    await expectUnharmed(record);
  });

  it('duplicate: a second, other commit in one attempt', async () => {
    const record = await playRound('duplicate', async (invite) => {
      expect(await submit(invite, withValue(invite, 0, Number.NaN))).toMatchObject({ ok: true });
      expect(await submit(invite, bad.light.pack(invite))).toMatchObject({ ok: true });
    });
    const parts = partOf(record, bad);
    expect(parts.map(({ reason }) => reason).sort()).toEqual(['duplicate', 'non-finite']);
    await expectSealedVerdict(record, parts.find(({ reason }) => reason === 'duplicate')!, 'duplicate');
    await expectUnharmed(record);
  });
});

describe('a commit that no leaf may hold is refused at once', () => {
  it.each<[code: string, send: (invite: RoundInvite) => Promise<Ack>]>([
    ['commit.wrong-key', (invite) => bad.submitChanged(invite, { contributor: good[0].keyId })],
    ['update.commit.examples', (invite) => bad.submitChanged(invite, { examples: 1001 })],
    ['update.commit.base', (invite) => bad.submitChanged(invite, { base: 'ab'.repeat(32) })],
    ['update.commit.seen', (invite) => bad.submitChanged(invite, { seen: { ...invite.head, blockHash: 'ab'.repeat(32) } })],
    ['update.commit.round', (invite) => bad.submitChanged(invite, { round: 2 })],
    ['update.not-uploaded', (invite) => bad.light.submit(bad.light.commit(invite, bad.light.pack(invite).artifact))],
    ['update.not-uploaded', (invite) => bad.submitChanged(invite, { update: { ...bad.light.pack(invite).artifact, bytes: 1 } })],
  ])('%s', async (code, send) => {
    const name = `at-once-${code.replaceAll('.', '-')}-${scene.events.length}`;
    const record = await playRound(name, async (invite) => {
      expect(await send(invite)).toMatchObject({ ok: false, code });
      // Nothing was taken, so the same worker may still do it right.
      expect(await submit(invite, bad.light.pack(invite))).toMatchObject({ ok: true });
    });
    expect(partOf(record, bad)).toMatchObject([{ outcome: 'accepted', weight: 300 }]);
    expect(record).toMatchObject({ accepted: 3, refused: 0, denominator: '600' });
    expect(await recomputedModel(scene, record)).toBe(record.model?.sha256);
  });

  it('and so is a signature of another key', async () => {
    await playRound('forged', async (invite) => {
      const update = bad.light.pack(invite);
      await bad.light.upload(update);
      const leaf = bad.light.commit(invite, update.artifact);
      leaf[leaf.length - 1]! ^= 1;
      const answer = await bad.light.submit(leaf);
      expect(answer.ok).toBe(false);
      expect(await bad.light.submit(bad.light.commit(invite, update.artifact))).toMatchObject({ ok: true });
    });
  });
});

describe('the same leaf sent again', () => {
  it('is acknowledged again and counts once', async () => {
    const record = await playRound('again', async (invite) => {
      const update = bad.light.pack(invite);
      await bad.light.upload(update);
      const leaf = bad.light.commit(invite, update.artifact);
      const answers = await Promise.all([bad.light.submit(leaf), bad.light.submit(leaf)]);
      answers.push(await bad.light.submit(leaf));
      expect(answers[0]).toMatchObject({ ok: true, leafHash: expect.stringMatching(/^[0-9a-f]{64}$/) as string });
      const hashes = answers.map((answer) => answer.ok && answer.leafHash);
      expect(new Set(hashes).size).toBe(1);
    });
    expect(partOf(record, bad)).toHaveLength(1);
    expect(record).toMatchObject({ accepted: 3, refused: 0, denominator: '600' });
    expect(await recomputedModel(scene, record)).toBe(record.model?.sha256);
  });
});

describe('a commit for a round that is over', () => {
  it('is sealed as late and changes nothing', async () => {
    let invite: RoundInvite | undefined;
    let turn: () => void = () => undefined;
    const late = new Promise<void>((resolve) => (turn = resolve));
    for (const worker of good) worker.behave = honest;
    bad.behave = async (invited) => {
      if (invited.round > 1) return honest(invited, bad);
      invite = invited;
      await late;
      expect(await submit(invited, bad.light.pack(invited))).toMatchObject({ ok: true });
      return undefined;
    };
    await scene.createRun('late', { rounds: 2, policy: { deadlineSeconds: 1.5 } });
    const closed = await scene.event('round.closed.v1', ({ run, round }) => run === 'late' && round === 1);
    turn();
    expect(await scene.ended('late')).toMatchObject({ status: 'completed', closed: 2 });
    const record = await scene.get<Provenance>('/v1/runs/late/rounds/1/provenance');
    expect(record.model).toEqual(closed.model);
    const parts = partOf(record, bad);
    expect(parts.map(({ outcome, reason }) => [outcome, reason]).sort()).toEqual([['refused', 'late'], ['silent', 'no-update']]);
    await expectSealedVerdict(record, parts.find(({ outcome }) => outcome === 'refused')!, 'late');
    await expectUnharmed(record);
    // Also when the whole run is over.
    const update = packUpdate(lightDeltas({ ...invite!, run: 'other' }, bad.keyId));
    expect(await submit(invite!, update)).toMatchObject({ ok: true });
    const after = await scene.get<Provenance>('/v1/runs/late/rounds/1/provenance');
    expect(partOf(after, bad).filter(({ reason }) => reason === 'late')).toHaveLength(2);
    expect(after).toMatchObject({ model: record.model, denominator: '300' });
  });
});

describe('a contributor who was not drawn', () => {
  it('is refused as not invited', async () => {
    const everybody = [...good, bad];
    let invited = 0;
    const behave: Behaviour = async (invite, worker) => {
      // Whoever is second waits until the one left out has tried.
      if (++invited === 2) {
        const left = everybody.find(({ invites }) => !invites.some(({ run }) => run === invite.run))!;
        const update = left.light.pack(invite);
        await left.light.upload(update);
        expect(await left.light.submit(left.light.commit(invite, update.artifact))).toMatchObject({ ok: true });
      }
      await honest(invite, worker);
    };
    for (const worker of everybody) worker.behave = behave;
    await scene.createRun('not-invited', { rounds: 1, cohort: { size: 2, minimum: 3 } });
    expect(await scene.ended('not-invited')).toMatchObject({ status: 'completed' });
    const record = await scene.get<Provenance>('/v1/runs/not-invited/rounds/1/provenance');
    const refused = record.contributions.filter(({ outcome }) => outcome === 'refused');
    expect(refused).toMatchObject([{ reason: 'not-invited', weight: null }]);
    expect(record.cohort.map(({ contributor }) => contributor)).not.toContain(refused[0]!.contributor);
    expect(record).toMatchObject({ invited: 2, accepted: 2, refused: 1, silent: 0 });
    expect(await recomputedModel(scene, record)).toBe(record.model?.sha256);
  });
});

describe('a contributor who never answers', () => {
  it('is sealed as silent at the deadline', async () => {
    for (const worker of good) worker.behave = honest;
    bad.behave = silent;
    await scene.createRun('silent', { rounds: 1, policy: { deadlineSeconds: 1 } });
    expect(await scene.ended('silent')).toMatchObject({ status: 'completed' });
    const record = await scene.get<Provenance>('/v1/runs/silent/rounds/1/provenance');
    const [part] = partOf(record, bad);
    expect(part).toMatchObject({ outcome: 'silent', reason: 'no-update', commit: null, update: null, examples: 0, weight: null });
    expect(part!.verdict?.sealed).not.toBeNull();
    expect(record).toMatchObject({ invited: 3, accepted: 2, silent: 1 });
    await expectUnharmed(record);
  });
});

describe('the coordinator', () => {
  it('takes all of this for granted', () => {
    expect(scene.complaints()).toEqual([]);
  });
});
