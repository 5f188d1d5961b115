import { io, type Socket } from 'socket.io-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromHex, toHex } from '@fedseal/chain/bytes';
import { cohortSeed, drawCohort } from '@fedseal/chain/cohort/draw-cohort';
import { decodeCanonicalJson } from '@fedseal/chain/json/canonical-json';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import { verifyInclusion } from '@fedseal/chain/tree/verify-inclusion';
import { initialTensors } from '@fedseal/model/init/initial-tensors';
import { encodeSafetensors } from '@fedseal/model/safetensors/encode-safetensors';
import { dashboardEvents, type DashboardEventName } from '@fedseal/protocol/dashboard-events';
import { lineage, modelView, provenance, roundView, runDetail, runView, type Provenance, type RunDetail } from '@fedseal/protocol/rest';
import { PROTOCOL_VERSION } from '@fedseal/protocol/version';
import { recomputedModel } from '../rounds/recomputed-model.testing.js';
import { RoundScene, TINY_PLAN, type SceneWorker } from '../rounds/round-scene.testing.js';

const RUN = 'whole';
let scene: RoundScene;
let workers: SceneWorker[];
let evaluator: SceneWorker;
let run: RunDetail;
let records: Provenance[];
let page: Socket;
/** What a dashboard was told, in order. */
const told: { name: DashboardEventName; data: unknown }[] = [];

beforeAll(async () => {
  scene = await RoundScene.open();
  workers = await Promise.all(['alpha', 'beta', 'gamma'].map((name) => scene.join(name)));
  evaluator = await scene.join('judge', 'evaluator');
  page = io(`${scene.url}/dashboard`, { auth: { protocol: PROTOCOL_VERSION }, transports: ['websocket'], reconnection: false, forceNew: true });
  page.onAny((name: DashboardEventName, data: unknown) => told.push({ name, data }));
  await new Promise((resolve) => page.once('snapshot.v1', resolve));
  await scene.createRun(RUN, { evaluation: { central: true } });
  run = runDetail.parse(await scene.ended(RUN));
  records = await Promise.all([1, 2].map(async (round) => provenance.parse(await scene.get(`/v1/runs/${RUN}/rounds/${round}/provenance`))));
});
afterAll(async () => {
  page.close();
  await scene.close();
});

const sha256 = (bytes: Uint8Array): string => toHex(nodeCrypto.sha256(bytes));
const byKey = <T extends { contributor: string }>(list: readonly T[]): string[] => list.map(({ contributor }) => contributor).sort();

describe('a run', () => {
  it('ends when its rounds are closed, and says with what', () => {
    expect(run).toMatchObject({ status: 'completed', phase: 'ended', reason: 'all-rounds-closed', rounds: 2, closed: 2, model: records[1]!.model });
    expect(run.ended?.sealed).not.toBeNull();
    expect(run.endedAtMs).toBeGreaterThanOrEqual(run.createdAtMs);
  });

  it('shows its plan, which is the sealed blob', async () => {
    expect(run.planDocument).toMatchObject({ ...TINY_PLAN, name: RUN, evaluation: { central: true } });
    const bytes = await scene.blob(run.plan.sha256);
    expect(sha256(bytes)).toBe(run.plan.sha256);
    expect(JSON.parse(new TextDecoder().decode(bytes))).toEqual(run.planDocument);
  });

  it('is listed', async () => {
    const { runs, next } = await scene.get<{ runs: unknown[]; next: string | null }>('/v1/runs?limit=10');
    expect(runs.map((one) => runView.parse(one).run)).toContain(RUN);
    expect(next).toBeNull();
  });

  it('lists its rounds, page by page', async () => {
    const path = `/v1/runs/${RUN}/rounds`;
    const all = await scene.get<{ rounds: unknown[]; next: number | null }>(path);
    expect(all.rounds.map((round) => roundView.parse(round)).map(({ round, attempt, status }) => [round, attempt, status])).toEqual([[1, 1, 'closed'], [2, 1, 'closed']]);
    expect(all.next).toBeNull();
    const first = await scene.get<{ rounds: unknown[]; next: number }>(`${path}?limit=1`);
    expect(first).toEqual({ rounds: [all.rounds[0]], next: 1 });
    expect(await scene.get(`${path}?limit=1&after=${first.next}`)).toEqual({ rounds: [all.rounds[1]], next: null });
    expect(await scene.get(`${path}/2`)).toEqual(all.rounds[1]);
  });
});

describe("a round's record", () => {
  it('names who was invited and who contributed with what weight', () => {
    const examples = new Map(workers.map((worker, n) => [worker.keyId, 100 * (n + 1)]));
    for (const { cohort, contributions, invited, accepted, refused, silent, denominator } of records) {
      expect(byKey(cohort)).toEqual(workers.map(({ keyId }) => keyId).sort());
      expect(byKey(contributions)).toEqual(byKey(cohort));
      for (const one of contributions) {
        expect(one).toMatchObject({ outcome: 'accepted', reason: 'valid', examples: examples.get(one.contributor), weight: examples.get(one.contributor), metrics: { loss: '0.5' } });
      }
      expect([invited, accepted, refused, silent, denominator]).toEqual([3, 3, 0, 0, '600']);
      expect(cohort.map(({ name }) => name).sort()).toEqual(['alpha', 'beta', 'gamma']);
    }
  });

  it('chains from base to model', () => {
    expect(records[0]!.base.sha256).toBe(sha256(encodeSafetensors(initialTensors(TINY_PLAN.model as never, TINY_PLAN.seed))));
    expect(records[1]!.base).toEqual(records[0]!.model);
    expect(records[0]!.model).not.toEqual(records[0]!.base);
  });

  it('leads to the same model when it is computed again', async () => {
    for (const record of records) {
      expect(await recomputedModel(scene, record)).toBe(record.model?.sha256);
      expect(sha256(await scene.blob(record.model!.sha256))).toBe(record.model!.sha256);
    }
  });

  it('seals the weights in the order of the commits', async () => {
    for (const record of records) {
      const expected = record.contributions
        .map(({ commit, weight }) => ({ commit: commit!.hash, weight }))
        .sort((a, b) => (a.commit < b.commit ? -1 : 1));
      expect(decodeCanonicalJson(await scene.blob(record.weights!))).toEqual(expected);
    }
  });

  it('proves each of its leaves against a sealed block', async () => {
    for (const record of records) {
      const leaves = [record.opened, record.closed!, ...record.contributions.flatMap(({ commit, verdict }) => [commit!, verdict!]), ...record.evaluations.map(({ leaf }) => leaf)];
      expect(leaves).toHaveLength(1 + 1 + 6 + 1);
      expect(record.proofs.map(({ hash }) => hash).sort()).toEqual(leaves.map(({ hash }) => hash).sort());
      const { blocks } = await scene.get<{ blocks: { treeSize: number; treeRoot: string }[] }>('/v1/blocks');
      for (const { index, hash, treeSize, treeRoot, proof } of record.proofs) {
        const claim = { leafHash: fromHex(hash), index, size: treeSize, proof: proof.map(fromHex), root: fromHex(treeRoot) };
        expect(() => verifyInclusion(nodeCrypto, claim)).not.toThrow();
        expect(() => verifyInclusion(nodeCrypto, { ...claim, index: index === 0 ? 1 : index - 1 })).toThrow();
        expect(blocks).toContainEqual(expect.objectContaining({ treeSize, treeRoot }));
        expect(leaves.find((leaf) => leaf.hash === hash)?.sealed?.index).toBe(index);
      }
    }
  });

  it('says which block seals it, and the block says so too', async () => {
    for (const { block, closed, round } of records) {
      const sealed = await scene.get<{ hash: string; rounds: number; leaves: { kind: string; hash: string }[] }>(`/v1/blocks/${block!.height}`);
      expect(sealed.hash).toBe(block!.hash);
      expect(closed?.sealed).toMatchObject(block!);
      expect(sealed.leaves).toContainEqual(expect.objectContaining({ kind: 'round.close', hash: closed!.hash }));
      expect(await scene.event('block.sealed.v1', ({ rounds }) => rounds.some((one) => one.run === RUN && one.round === round))).toMatchObject(block!);
    }
  });

  it('lets anybody draw its cohort again', async () => {
    for (const record of records) {
      const { payload } = await scene.get<{ payload: { seed: { blockHash: string } } }>(`/v1/leaves/${record.opened.sealed!.index}`);
      const { candidates } = decodeCanonicalJson(await scene.blob(record.candidates)) as { candidates: string[] };
      const seed = cohortSeed(nodeCrypto, { blockHash: fromHex(payload.seed.blockHash), runLeafHash: fromHex(run.created.hash), round: record.round });
      expect(drawCohort(nodeCrypto, { seed, candidates, size: 3 })).toEqual(record.cohort.map(({ contributor }) => contributor));
    }
  });

  it('holds the evaluation of its model', () => {
    for (const { evaluations } of records) {
      expect(evaluations).toMatchObject([{ evaluator: evaluator.keyId, examples: 100, metrics: { accuracy: '0.75', loss: '0.5' } }]);
    }
  });
});

describe('a model', () => {
  it('knows the round that produced it', async () => {
    const { model, closed } = records[1]!;
    expect(modelView.parse(await scene.get(`/v1/models/${model!.sha256}`))).toEqual({
      model, producedBy: [{ run: RUN, round: 2, attempt: 1, closed }], initialOf: [],
    });
    const base = records[0]!.base;
    expect(modelView.parse(await scene.get(`/v1/models/${base.sha256}`))).toEqual({ model: base, producedBy: [], initialOf: [RUN] });
  });

  it('leads back to the initial one', async () => {
    const { model, steps, initial } = lineage.parse(await scene.get(`/v1/models/${records[1]!.model!.sha256}/lineage`));
    expect(model).toEqual(records[1]!.model);
    expect(steps).toEqual([...records].reverse().map((record) => ({
      round: record.round, attempt: 1, model: record.model, base: record.base.sha256, contributors: 3, denominator: '600', closed: record.closed,
    })));
    expect(initial).toEqual({ model: records[0]!.base, plan: run.plan.sha256, created: run.created });
    expect(lineage.parse(await scene.get(`/v1/models/${initial.model.sha256}/lineage`))).toMatchObject({ steps: [], initial });
  });
});

describe('a contributor', () => {
  it('has its parts of every round', async () => {
    const { contributions } = await scene.get<{ contributions: Provenance['contributions'] }>(`/v1/contributors/${workers[0]!.keyId}/contributions`);
    const mine = [...records].reverse().map((record) => record.contributions.find(({ contributor }) => contributor === workers[0]!.keyId));
    expect(contributions).toEqual(mine);
  });

  it('was told that its updates count', () => {
    for (const { verdicts, invites } of workers) {
      expect(invites.map(({ round, base }) => [round, base])).toEqual(records.map(({ round, base }) => [round, base]));
      expect(verdicts).toEqual([1, 2].map((round) => ({ run: RUN, round, attempt: 1, outcome: 'accepted', reason: 'valid' })));
    }
  });
});

describe('a dashboard', () => {
  it('is told of everything in the order in which it became so', async () => {
    await expect.poll(() => told.at(-1)?.name).toBe('run.ended.v1');
    for (const { name, data } of told) expect(() => dashboardEvents[name].parse(data)).not.toThrow();
    const at = (name: DashboardEventName, round: number) =>
      told.findIndex((event) => event.name === name && (event.data as { round?: number }).round === round);
    const rounds = told.flatMap(({ name, data }) => {
      const { round } = data as { round?: number };
      return round === undefined || name === 'round.evaluated.v1' ? [] : [`${name} ${round}`];
    });
    const accepted = (round: number) => Array<string>(3).fill(`update.accepted.v1 ${round}`);
    expect(rounds).toEqual([
      'round.opened.v1 1', ...accepted(1), 'round.closed.v1 1', 'round.opened.v1 2', ...accepted(2), 'round.closed.v1 2',
    ]);
    for (const round of [1, 2]) expect(at('round.evaluated.v1', round)).toBeGreaterThan(at('round.closed.v1', round));
    const sealedAt = told.findLastIndex(({ name }) => name === 'block.sealed.v1');
    expect(told.findLastIndex(({ name }) => name === 'seal.started.v1')).toBeLessThan(sealedAt);
    expect(told.findIndex(({ name }) => name === 'run.ended.v1')).toBeGreaterThan(sealedAt);
    expect(told[0]!.name).toBe('snapshot.v1');
  });
});

describe('what is not there', () => {
  it.each([
    ['/v1/runs/nothing', 404, 'run.not-found'],
    ['/v1/runs/nothing/rounds', 404, 'run.not-found'],
    ['/v1/runs/nothing/rounds/1/provenance', 404, 'run.not-found'],
    [`/v1/runs/${RUN}/rounds/3`, 404, 'round.not-found'],
    [`/v1/runs/${RUN}/rounds/1/provenance?attempt=2`, 404, 'round.not-found'],
    [`/v1/runs/${RUN}/rounds/0`, 400, 'request.invalid'],
    ['/v1/runs/NOT-A-NAME', 400, 'request.invalid'],
    [`/v1/models/${'ab'.repeat(32)}`, 404, 'model.not-found'],
    [`/v1/models/${'ab'.repeat(32)}/lineage`, 404, 'model.not-found'],
    ['/v1/models/abc', 400, 'request.invalid'],
  ])('%s is answered %i %s', async (path, status, code) => {
    await expect(scene.get(path)).rejects.toThrow(new RegExp(`answered ${status}.*"code":"${code}"`, 's'));
  });
});
