import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { toHex } from '@fedseal/chain/bytes';
import { readLeaf } from '@fedseal/chain/leaf/read-leaf';
import type { Payload } from '@fedseal/chain/leaf/payloads';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import { tensorSpecs } from '@fedseal/model/layers/tensor-specs';
import { decodeSafetensors } from '@fedseal/model/safetensors/decode-safetensors';
import { encodeSafetensors } from '@fedseal/model/safetensors/encode-safetensors';
import { createStrategy } from '@fedseal/model/strategies/create-strategy';
import { sourceOf } from '@fedseal/model/strategies/update-source';
import type { Tensor } from '@fedseal/model/tensors';
import { runPlan, type RunPlanInput } from '@fedseal/protocol/plan';
import type { Provenance } from '@fedseal/protocol/rest';
import type { RoundInvite } from '@fedseal/protocol/worker-messages';
import { lightDeltas, packUpdate } from '../bench/light-update.js';
import { RoundScene, TINY_PLAN, honest, silent, type Behaviour, type SceneWorker } from './round-scene.testing.js';

let scene: RoundScene;
let workers: SceneWorker[];
beforeAll(async () => {
  scene = await RoundScene.open();
  workers = [];
  for (const name of ['alpha', 'beta', 'gamma', 'delta', 'mallory']) workers.push(await scene.join(name));
});
beforeEach(() => {
  for (const worker of workers) worker.behave = honest;
});
afterAll(() => scene.close());

type Change = Pick<RunPlanInput, 'strategy' | 'policy' | 'rounds'>;
const ALL_FIVE = { cohort: { minimum: 5 } };
const planOf = (change: Change) => runPlan.parse({ ...TINY_PLAN, ...ALL_FIVE, ...change, policy: { ...TINY_PLAN.policy, ...change.policy } });
const provenance = (run: string, round: number) => scene.get<Provenance>(`/v1/runs/${run}/rounds/${round}/provenance`);
const sha256Of = (tensors: readonly Tensor[]) => toHex(nodeCrypto.sha256(encodeSafetensors(tensors)));
const sealedLeaf = async (index: number) => {
  const { raw } = await scene.get<{ raw: string }>(`/v1/leaves/${index}`);
  return readLeaf(new Uint8Array(Buffer.from(raw, 'base64')));
};
const sealedClose = async (record: Provenance) => (await sealedLeaf(record.closed!.sealed!.index)).payload as Payload<'round.close'>;

/** Plays a run and computes each of its rounds again from nothing but what the coordinator serves. */
async function expectReplayed(run: string, change: Change): Promise<{ record: Provenance; close: Payload<'round.close'>['predicate'] }[]> {
  const plan = planOf(change);
  expect(await scene.ended(run)).toMatchObject({ status: 'completed', closed: plan.rounds });
  const strategy = createStrategy(plan)!;
  const model = tensorSpecs(plan.model);
  let state = strategy.initialState(model);
  const rounds = [];
  for (let round = 1; round <= plan.rounds; round++) {
    const record = await provenance(run, round);
    const { predicate: close } = await sealedClose(record);
    const accepted = record.contributions.filter(({ outcome }) => outcome === 'accepted').reverse();
    const updates = new Map<string, Tensor[]>();
    const combiner = strategy.begin({ model, grid: close.grid, state });
    for (const { commit, update, examples } of accepted) {
      const deltas = decodeSafetensors(await scene.blob(update!.sha256));
      updates.set(commit!.hash, deltas);
      const verdict = strategy.weightOf(examples);
      if ('weight' in verdict) combiner.fold({ key: commit!.hash, deltas, weight: verdict.weight });
    }
    const base = decodeSafetensors(await scene.blob(record.base.sha256));
    const result = await combiner.finish(base, sourceOf((commit) => updates.get(commit)));
    expect(sha256Of(result.model)).toBe(close.model.sha256);
    expect(close.serverState).toBe(result.state.length === 0 ? null : sha256Of(result.state));
    if (close.serverState !== null) expect(decodeSafetensors(await scene.blob(close.serverState))).toHaveLength(result.state.length);
    expect(close.denominator).toBe(String(result.denominator));
    expect(record.denominator).toBe(close.denominator);
    expect(close.aggregator).toEqual({ name: strategy.name, parameters: strategy.parameters });
    expect(JSON.parse(new TextDecoder().decode(await scene.blob(close.weights.sha256)))).toEqual(result.weights.map(({ key, weight }) => ({ commit: key, weight })));
    state = result.state;
    rounds.push({ record, close });
  }
  return rounds;
}

describe('a server optimiser', () => {
  const change = { strategy: { name: 'fedadam', eta: 0.05 }, rounds: 3 } as const;

  it('keeps its state from round to round', async () => {
    await scene.createRun('adam', { ...ALL_FIVE, ...change });
    const rounds = await expectReplayed('adam', change);
    expect(new Set(rounds.map(({ close }) => close.serverState)).size).toBe(3);
    expect(rounds[0]!.close.aggregator.parameters).toEqual({
      weighting: 'examples', examplesCap: '1000', eta: '0.05', beta1: '0.9', beta2: '0.99', tau: '0.001',
    });
  });

  it('goes on from the sealed state after a restart in the middle of a round, to the same bytes', async () => {
    const [alpha] = workers as [SceneWorker];
    let isFirst = true;
    alpha.behave = (invite, worker) => {
      if (invite.round !== 2 || !isFirst) return honest(invite, worker);
      isFirst = false;
      return silent(invite, worker);
    };
    await scene.createRun('adam-restarted', { ...ALL_FIVE, ...change });
    await scene.accepted('adam-restarted', 5 + 4);
    await scene.restart();
    await Promise.all(workers.map((worker) => worker.connect()));
    const rounds = await expectReplayed('adam-restarted', change);
    expect(rounds.map(({ record }) => record.accepted)).toEqual([5, 5, 5]);
    expect(rounds.map(({ record }) => record.attempt)).toEqual([1, 1, 1]);
  });

  it('has a state that retention never takes, even where somebody sent the same file', async () => {
    await scene.createRun('adam-lean', { ...ALL_FIVE, ...change, rounds: 1 });
    const [first] = await expectReplayed('adam-lean', { ...change, rounds: 1 });
    const file = await scene.blob(first!.close.serverState!);
    const mallory = workers.at(-1)!;
    mallory.behave = async (invite, worker) => {
      await worker.light.upload({ file, artifact: { sha256: first!.close.serverState!, tensorRoot: 'ab'.repeat(32), bytes: file.length } });
      await worker.light.submit(worker.light.commit(invite, { sha256: first!.close.serverState!, tensorRoot: 'ab'.repeat(32), bytes: file.length }));
    };
    await scene.createRun('pruned', { ...ALL_FIVE, rounds: 2, retention: 'hashes', policy: { quorum: 4 } });
    expect(await scene.ended('pruned')).toMatchObject({ status: 'completed' });
    expect((await provenance('pruned', 1)).contributions.find(({ contributor }) => contributor === mallory.keyId)).toMatchObject({ reason: 'tensor-unknown' });
    expect(await scene.blob(first!.close.serverState!)).toEqual(file);
  });
});

/** An update of this value everywhere, with as many examples as the plan takes. */
async function sendFilled(invite: RoundInvite, worker: SceneWorker, value: number): Promise<void> {
  const update = packUpdate(lightDeltas(invite, worker.keyId).map((tensor) => ({ ...tensor, data: tensor.data.map(() => value) })));
  await worker.light.upload(update);
  await worker.light.submit(worker.light.commit(invite, update.artifact, { examples: 1000 }));
}
/** As large as the bound allows. */
const attack: Behaviour = (invite, worker) => sendFilled(invite, worker, -8);

describe('a robust rule', () => {
  it('seals which update Krum chose, and never the one that lies far from all others', async () => {
    const change = { strategy: { name: 'krum', f: 1 }, policy: { quorum: 5 }, rounds: 2 } as const;
    const mallory = workers.at(-1)!;
    mallory.behave = attack;
    await scene.createRun('krum', { ...ALL_FIVE, ...change });
    for (const { record, close } of await expectReplayed('krum', change)) {
      expect(close.denominator).toBe('1');
      expect(record.contributions.map(({ weight }) => weight).sort()).toEqual([0, 0, 0, 0, 1]);
      expect(record.contributions.find(({ contributor }) => contributor === mallory.keyId)).toMatchObject({ outcome: 'accepted', weight: 0 });
      const opened = await sealedLeaf(record.opened.sealed!.index);
      expect(opened).toMatchObject({ kind: 'round.open', payload: { policy: { weighting: 'uniform' }, grid: { aMax: 5 } } });
    }
  });

  it('ends below quorum where too few are accepted, and is tried again', async () => {
    const [alpha] = workers as [SceneWorker];
    // All have answered and one is refused, so nobody waits for the deadline.
    alpha.behave = (invite, worker) => (invite.attempt === 1 ? sendFilled(invite, worker, Number.NaN) : honest(invite, worker));
    const change = { strategy: { name: 'trimmed-mean', trim: 2 }, policy: { quorum: 5 }, rounds: 1 } as const;
    await scene.createRun('few', { ...ALL_FIVE, ...change });
    const [round] = await expectReplayed('few', change);
    expect(round!.record.attempt).toBe(2);
    expect(scene.story('few')).toContain('round.failed.v1 1 1');
  });
});

describe('the clip filter', () => {
  it('bounds what one contributor can move', async () => {
    const change = { strategy: { name: 'fedavg' }, policy: { quorum: 5, weighting: 'uniform', clip: { norm: 0.01 } }, rounds: 2 } as const;
    workers.at(-1)!.behave = attack;
    await scene.createRun('clipped', { ...ALL_FIVE, ...change });
    for (const { record, close } of await expectReplayed('clipped', change)) {
      expect(close.aggregator.parameters['clipNorm']).toBe('0.01');
      const [base, model] = await Promise.all([record.base.sha256, close.model.sha256].map(async (sha256) => decodeSafetensors(await scene.blob(sha256))));
      const moved = Math.hypot(...model!.flatMap(({ data }, t) => [...data].map((value, i) => value - base![t]!.data[i]!)));
      expect(moved).toBeGreaterThan(0.001);
      expect(moved).toBeLessThanOrEqual(0.01 + 1e-6);
    }
  });
});

describe('FedProx', () => {
  it('tells contributors μ, and other strategies tell nothing', async () => {
    await scene.createRun('prox', { ...ALL_FIVE, strategy: { name: 'fedprox', mu: 0.01 }, rounds: 1 });
    await expectReplayed('prox', { strategy: { name: 'fedprox', mu: 0.01 }, rounds: 1 });
    const termsOf = (run: string) => workers[0]!.invites.find((invite) => invite.run === run)?.terms;
    expect(termsOf('prox')).toEqual({ proximalMu: '0.01' });
    expect(termsOf('adam')).toEqual({});
  });
});

describe('a plan whose strategy does not fit', () => {
  it.each<[name: string, change: { strategy?: object; policy?: object }, status: number, code: string, sentence: RegExp]>([
    ['krum-thin', { strategy: { name: 'krum', f: 2 }, policy: { quorum: 6 } }, 422, 'plan.quorum', /needs at least 7 accepted updates .* with 6/],
    ['trim-thin', { strategy: { name: 'trimmed-mean', trim: 3 }, policy: { quorum: 6 } }, 422, 'plan.quorum', /at least 7/],
    ['multi-thin', { strategy: { name: 'multi-krum', f: 1, m: 6 }, policy: { quorum: 6 } }, 422, 'plan.quorum', /at least 7/],
    ['no-f', { strategy: { name: 'krum' } }, 400, 'request.invalid', /strategy\.f/],
    ['unknown', { strategy: { name: 'fedbest' } }, 400, 'request.invalid', /strategy/],
    ['eta', { strategy: { name: 'fedadam', eta: 0 } }, 400, 'request.invalid', /strategy\.eta/],
    ['clip', { policy: { clip: { norm: -1 } } }, 400, 'request.invalid', /policy\.clip\.norm/],
  ])('is refused: %s', async (name, change, status, code, sentence) => {
    const answer = await scene.post('/v1/runs', { ...TINY_PLAN, ...change, name, policy: { ...TINY_PLAN.policy, ...change.policy } });
    expect(answer.problem).toMatchObject({ status, code });
    expect(answer.text).toMatch(sentence);
  });

  it.each([
    { name: 'fedavg' }, { name: 'fedprox', mu: 0 }, { name: 'fedavgm' }, { name: 'fedadagrad' }, { name: 'fedadam' }, { name: 'fedyogi' },
    { name: 'median' }, { name: 'trimmed-mean', trim: 1 }, { name: 'krum', f: 1 }, { name: 'multi-krum', f: 1, m: 1 },
  ] as const)('is not one with defaults: $name', (strategy) => {
    expect(createStrategy(planOf({ strategy, rounds: 1 }))?.name).toBe(strategy.name);
  });
});
