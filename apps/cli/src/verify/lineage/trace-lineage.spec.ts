import { describe, expect, it } from 'vitest';
import { toHex } from '@fedseal/chain/bytes';
import { encodeCanonicalJson } from '@fedseal/chain/json/canonical-json';
import type { Artifact } from '@fedseal/chain/leaf/payload-fields';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import { refusalOf } from '@fedseal/chain/testing/refusal.testing';
import { testHash, testSigner } from '@fedseal/chain/testing/test-chain.testing';
import { buildSmallChain, keyIdHex, testArtifact, TestFederation } from '@fedseal/chain/testing/test-federation.testing';
import { verifyChain } from '@fedseal/chain/verify/verify-chain';
import type { ModelIdentity } from '../model-file.js';
import { ChainRecord } from './chain-record.js';
import { describeLineage } from './describe-lineage.js';
import { findModel, findUpdate } from './find-model.js';
import { traceLineage } from './trace-lineage.js';

const nowhere = () => Promise.resolve(undefined);

async function recorded(chain: TestFederation) {
  const record = new ChainRecord();
  const { views } = await verifyChain(chain, nodeCrypto, record.callbacks);
  return { record, views };
}

/** A file that has this name and these tensors. */
function file({ sha256, tensorRoot }: { sha256: string; tensorRoot?: string }): ModelIdentity {
  return { path: 'model.safetensors', bytes: 1, sha256, tensorRoot, unnamed: undefined };
}

describe('findModel', () => {
  const chain = buildSmallChain({ rounds: 3 });

  it('knows the file, the tensors in another file, and the initial model', async () => {
    const { record } = await recorded(chain);
    const second = testArtifact('digits 2');
    expect(findModel(record, file(second))).toMatchObject([{ kind: 'round.close', run: 'digits', round: 2, match: 'file', model: second }]);
    expect(findModel(record, file({ ...second, sha256: '00'.repeat(32) }))).toMatchObject([{ round: 2, match: 'tensors' }]);
    const { initial } = record.runs.get('digits')!.create.payload;
    expect(findModel(record, file(initial))).toMatchObject([{ kind: 'run.create', round: 0, match: 'file' }]);
  });

  it('knows no other, and nothing by tensors that have no name', async () => {
    const { record } = await recorded(chain);
    expect(findModel(record, file({ sha256: '00'.repeat(32) }))).toEqual([]);
    expect(findModel(record, file({ sha256: '00'.repeat(32), tensorRoot: '11'.repeat(32) }))).toEqual([]);
  });

  it('tells an update from a model', async () => {
    const { record } = await recorded(chain);
    const alice = keyIdHex(testSigner('alice'));
    const update = file(testArtifact(`update of ${alice} for digits 2`));
    expect(findModel(record, update)).toEqual([]);
    expect(findUpdate(record, update)).toMatchObject({ run: 'digits', round: 2, contributor: alice });
  });

  it('names every leaf that made it, the file itself before equal tensors in another file', async () => {
    const many = new TestFederation();
    const initial = testArtifact('one 0');
    const create = (run: string, of: Artifact) => many.add('run.create', {
      run, plan: { sha256: testHash(`plan of ${run}`), bytes: 512 }, initial: of, retention: { updates: 'all', rounds: 0 },
    });
    create('rewritten', { ...initial, sha256: testHash('the same tensors in another file') });
    create('one', initial);
    create('again', initial);
    many.seal();
    const { record } = await recorded(many);
    expect(findModel(record, file(initial)).map(({ run, match }) => [run, match])).toEqual([['one', 'file'], ['again', 'file'], ['rewritten', 'tensors']]);
  });
});

describe('traceLineage', () => {
  it('leads through every round to the initial model, with who was refused or silent and why', async () => {
    const { record, views } = await recorded(buildSmallChain({ rounds: 3 }));
    const lineage = await traceLineage(record, views, { run: 'digits', round: 3 }, nowhere);
    expect(lineage.steps.map(({ round, attempt }) => [round, attempt])).toEqual([[3, 1], [2, 1], [1, 2]]);
    for (const [i, step] of lineage.steps.entries()) expect(step.base).toEqual(lineage.steps[i + 1]?.model ?? lineage.initial.model);
    const first = lineage.steps[2]!;
    const outcomes = (of: typeof first.contributions) => of.map(({ name, outcome, reason }) => [name, outcome, reason]);
    expect(outcomes(first.contributions)).toEqual([['alice', 'accepted', 'valid'], ['bob', 'refused', 'non-finite'], ['carol', 'accepted', 'valid']]);
    expect(first.failedAttempts).toHaveLength(1);
    expect(outcomes(first.failedAttempts[0]!.contributions)).toEqual([['alice', 'accepted', 'valid'], ['carol', 'silent', 'no-update']]);
    expect(first.evaluations).toMatchObject([{ name: 'evaluator', metrics: { accuracy: '0.97' } }]);
    expect(lineage.ended).toMatchObject({ outcome: 'completed', rounds: 3 });
    for (const { closed } of lineage.steps) expect(record.blocks[closed.block]).toEqual({ hash: closed.blockHash, timestampMs: closed.timestampMs });
    expect(first.weights.read).toBe(false);
    const told = describeLineage(lineage).join('\n');
    for (const fact of [/refused +bob: non-finite/, /silent +carol: no-update/, /attempt 1 made no model/, /not at hand/, /Initial model/]) expect(told).toMatch(fact);
  });

  it('of an earlier model ends with its own round, and of an initial one has no round', async () => {
    const { record, views } = await recorded(buildSmallChain({ rounds: 3 }));
    expect((await traceLineage(record, views, { run: 'digits', round: 1 }, nowhere)).steps).toHaveLength(1);
    expect((await traceLineage(record, views, { run: 'digits', round: 0 }, nowhere)).steps).toEqual([]);
  });

  it('says what an update without a verdict is, and under which key a rotated contributor signed', async () => {
    const chain = new TestFederation();
    const [alice, bob] = [chain.enrol('alice'), chain.enrol('bob')];
    chain.seal();
    chain.createRun();
    chain.add('round.open', chain.opening('digits', [alice, bob]));
    const next = testSigner('alice, next');
    chain.add('contributor.rotate', { contributor: keyIdHex(alice), key: toHex(next.publicKey) }, [alice, next]);
    chain.add('update.commit', chain.update('digits', bob), [bob]);
    for (const signer of [next, bob]) {
      const commit = chain.add('update.commit', chain.update('digits', signer, { examples: 500 }), [signer]);
      chain.add('update.verdict', chain.verdict('digits', signer, commit));
    }
    chain.add('round.close', chain.closing('digits'));
    chain.seal();
    const { record, views } = await recorded(chain);
    const [step] = (await traceLineage(record, views, { run: 'digits', round: 1 }, nowhere)).steps;
    expect(step!.contributions.map(({ name, keyId, outcome }) => [name, keyId, outcome])).toEqual([
      ['alice', keyIdHex(next), 'accepted'], ['bob', keyIdHex(bob), 'accepted'], ['bob', keyIdHex(bob), 'unanswered'],
    ]);
  });

  describe('reads the weights', () => {
    /** One round, whose file of weights is this. */
    async function weighed(weights: (commits: readonly string[]) => unknown) {
      const chain = new TestFederation();
      const cohort = [chain.enrol('alice'), chain.enrol('bob')];
      chain.seal();
      chain.createRun();
      chain.add('round.open', chain.opening('digits', cohort));
      const commits = cohort.map((signer, i) => {
        const commit = chain.add('update.commit', chain.update('digits', signer, { examples: 100 * (i + 1) }), [signer]);
        chain.add('update.verdict', chain.verdict('digits', signer, commit));
        return commit;
      });
      const bytes = encodeCanonicalJson(weights(commits));
      const sha256 = toHex(nodeCrypto.sha256(bytes));
      chain.add('round.close', chain.closing('digits', { weights: { sha256, bytes: bytes.length } }));
      chain.seal();
      return { ...(await recorded(chain)), bytes, sha256 };
    }
    const honest = (commits: readonly string[]) => commits.map((commit, i) => ({ commit, weight: 100 * (i + 1) }));

    it('and shows each contributor\'s share', async () => {
      const { record, views, bytes, sha256 } = await weighed(honest);
      const lineage = await traceLineage(record, views, { run: 'digits', round: 1 }, (asked) => Promise.resolve(asked === sha256 ? bytes : undefined));
      expect(lineage.steps[0]!.contributions.map(({ name, weight }) => [name, weight])).toEqual([['alice', 100], ['bob', 200]]);
      expect(describeLineage(lineage).join('\n')).toContain('weight 200 of 300 (66.7 %)');
    });

    it('and believes neither a changed file nor one of another shape', async () => {
      const { record, views, bytes } = await weighed(honest);
      const changed = Uint8Array.from(bytes);
      changed[20]! ^= 1;
      const trace = (given: Uint8Array, of = { record, views }) => refusalOf(traceLineage(of.record, of.views, { run: 'digits', round: 1 }, () => Promise.resolve(given)));
      expect((await trace(changed)).rule).toBe('audit.blob-digest');
      const odd = await weighed(() => ({ alice: 1 }));
      expect((await trace(odd.bytes, odd)).rule).toBe('audit.weights');
    });
  });
});
