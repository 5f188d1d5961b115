import { beforeEach, describe, expect, it } from 'vitest';
import { toHex } from '../../bytes.js';
import type { Signer } from '../../crypto/crypto.js';
import type { Payload } from '../../leaf/payloads.js';
import { refusal } from '../../testing/refusal.testing.js';
import { testHash, testSigner } from '../../testing/test-chain.testing.js';
import { keyIdHex, testArtifact, TestFederation } from '../../testing/test-federation.testing.js';
import { roundKey } from '../chain-state.js';

let federation: TestFederation;
let alice: Signer;
let bob: Signer;
let carol: Signer;
let evaluator: Signer;

beforeEach(() => {
  federation = new TestFederation();
  [alice, bob, carol] = ['alice', 'bob', 'carol'].map((name) => federation.enrol(name)) as [Signer, Signer, Signer];
  evaluator = federation.enrol('evaluator', 'evaluator');
  federation.createRun();
  federation.seal();
});

const cohort = () => [alice, bob, carol];
const open = (changes: Partial<Payload<'round.open'>> = {}) => federation.add('round.open', federation.opening('digits', cohort(), changes));
const commit = (signer: Signer, changes: Partial<Payload<'update.commit'>> = {}) => federation.add('update.commit', federation.update('digits', signer, changes), [signer]);
const judge = (signer: Signer, hash: string | null, changes: Partial<Payload<'update.verdict'>> = {}) => federation.add('update.verdict', federation.verdict('digits', signer, hash, changes));
const close = (changes: Partial<Payload<'round.close'>['predicate']> = {}) => federation.add('round.close', federation.closing('digits', changes));
const ruleOf = (call: () => unknown) => refusal(call).rule;

describe('run.create and run.end', () => {
  it('take a name once, also after the end', () => {
    expect(ruleOf(() => federation.createRun())).toBe('run.create.name');
    federation.add('run.end', federation.ending('digits', { outcome: 'stopped', reason: 'operator' }));
    expect(ruleOf(() => federation.createRun())).toBe('run.create.name');
    federation.createRun('letters');
  });

  it('end once, with the rounds and the model that the run has', () => {
    federation.playRound('digits', cohort());
    const end = (changes: Partial<Payload<'run.end'>>) => ruleOf(() => federation.add('run.end', federation.ending('digits', changes)));
    expect(end({ rounds: 0 })).toBe('run.end.rounds');
    expect(end({ model: testArtifact('digits 0') })).toBe('run.end.model');
    expect(end({ run: 'letters' })).toBe('run.end.run');
    federation.add('run.end', federation.ending('digits'));
    expect(end({ reason: 'again' })).toBe('run.end.run-ended');
  });

  it('leave nothing to open or close after the end', () => {
    open();
    const first = commit(alice);
    judge(alice, first);
    const second = commit(bob);
    judge(bob, second);
    const [opening, closing] = [federation.opening('digits', cohort()), federation.closing('digits')];
    federation.add('run.end', federation.ending('digits', { outcome: 'stopped' }));
    expect(ruleOf(() => federation.add('round.open', opening))).toBe('round.open.run-ended');
    expect(ruleOf(() => federation.add('round.close', closing))).toBe('round.close.run-ended');
    const late = commit(carol);
    expect(ruleOf(() => judge(carol, late))).toBe('update.verdict.late');
    judge(carol, late, { outcome: 'refused', reason: 'late' });
  });
});

describe('round.open', () => {
  const refused = (changes: Partial<Payload<'round.open'>>) => ruleOf(() => open(changes));

  it('opens round after round, attempt after attempt', () => {
    expect(refused({ run: 'letters' })).toBe('round.open.run');
    expect(refused({ round: 2 })).toBe('round.open.sequence');
    expect(refused({ attempt: 2 })).toBe('round.open.attempt');
    open();
    expect(refused({ round: 2, attempt: 1 })).toBe('round.open.sequence');
    expect(refused({ attempt: 1 })).toBe('round.open.attempt');
    expect(refused({ attempt: 3 })).toBe('round.open.attempt');
    open();
    federation.playRound('digits', cohort());
    expect(refused({ round: 1, attempt: 4 })).toBe('round.open.sequence');
    open();
    expect(federation.run('digits')).toMatchObject({ closed: 1, attempts: 1, open: true });
  });

  it("starts from the run's current model", () => {
    expect(refused({ base: testArtifact('another') })).toBe('round.open.base');
    expect(refused({ base: { ...testArtifact('digits 0'), tensorRoot: testHash('x') } })).toBe('round.open.base');
    federation.playRound('digits', cohort());
    expect(refused({ base: testArtifact('digits 0') })).toBe('round.open.base');
  });

  it('is seeded by the newest block, or the one before where a search was running', () => {
    expect(refused({ seed: { height: 1, blockHash: testHash('another') } })).toBe('round.open.seed');
    expect(refused({ seed: { height: 2, blockHash: federation.head().blockHash } })).toBe('round.open.seed');
    const seed = { height: 1, blockHash: federation.head().blockHash };
    federation.seal();
    open({ seed });
    federation.seal();
    federation.seal();
    expect(refused({ seed })).toBe('round.open.seed-age');
  });

  it('has a quorum and a target that the cohort can reach', () => {
    const { policy } = federation.opening('digits', cohort());
    expect(refused({ policy: { ...policy, quorum: 3, target: 2 } })).toBe('round.open.policy');
    expect(refused({ policy: { ...policy, target: 4 } })).toBe('round.open.policy');
    expect(refused({ cohort: { root: testHash('r'), size: 4 } })).toBe('round.open.cohort');
  });

  it('has a grid on which no sum can overflow', () => {
    const { grid, policy } = federation.opening('digits', cohort());
    expect(refused({ grid: { ...grid, bound: 12 } })).toBe('round.open.grid');
    expect(refused({ grid: { ...grid, aMax: 2999 } })).toBe('round.open.grid');
    expect(refused({ grid: { ...grid, s: grid.s + 4 } })).toBe('round.open.grid');
    expect(refused({ grid: { ...grid, s: grid.s - 1 } })).toBe('round.open.grid');
    expect(refused({ grid: { ...grid, aMax: 4097 } })).toBe('round.open.grid');
    open({ grid: { ...grid, aMax: 4096 } });
    open({ policy: { ...policy, weighting: 'uniform' }, grid: { s: 51 - 2 - 3, bound: 8, aMax: 3 } });
    open({ policy: { ...policy, examplesCap: 1 }, grid: { s: 51 - 2 - 20, bound: 2 ** 20, aMax: 3 } });
  });
});

describe('update.commit', () => {
  const refused = (signer: Signer, changes: Partial<Payload<'update.commit'>> = {}) => ruleOf(() => commit(signer, changes));

  it('comes from an enrolled trainer, into a round that was opened, on its base', () => {
    open();
    expect(refused(evaluator)).toBe('update.commit.role');
    expect(refused(alice, { contributor: testHash('nobody') })).toBe('update.commit.contributor');
    expect(refused(alice, { contributor: keyIdHex(bob) })).toBe('update.commit.signers');
    for (const change of [{ run: 'letters' }, { round: 2 }, { attempt: 2 }]) expect(refused(alice, change)).toBe('update.commit.round');
    expect(refused(alice, { base: testHash('another') })).toBe('update.commit.base');
    federation.add('contributor.revoke', { contributor: keyIdHex(carol), reason: 'left' });
    expect(refused(carol)).toBe('update.commit.contributor');
  });

  it('declares no more examples than the cap', () => {
    open();
    expect(refused(alice, { examples: 1001 })).toBe('update.commit.examples');
    expect(ruleOf(() => commit(alice, { examples: 0 }))).toBe('update.commit.payload');
    commit(alice, { examples: 1000 });
    commit(bob, { examples: 1 });
  });

  it('has seen this chain', () => {
    open();
    const seen = federation.head();
    for (const change of [{ height: 2 }, { height: 0 }, { blockHash: testHash('x') }, { treeRoot: testHash('x') }, { treeSize: seen.treeSize + 1 }]) {
      expect(refused(alice, { seen: { ...seen, ...change } })).toBe('update.commit.seen');
    }
    federation.seal();
    commit(alice, { seen });
    commit(bob);
  });

  it('is taken once, and another one beside it', () => {
    open();
    commit(alice);
    expect(refused(alice)).toBe('leaf.duplicate');
    commit(alice, { examples: 599 });
  });
});

describe('update.verdict', () => {
  it('names a commit of that contributor in that attempt, once', () => {
    open();
    const hash = commit(alice);
    expect(ruleOf(() => judge(alice, testHash('nothing')))).toBe('update.verdict.commit');
    expect(ruleOf(() => judge(bob, hash))).toBe('update.verdict.commit');
    expect(ruleOf(() => judge(alice, null))).toBe('update.verdict.commit');
    expect(ruleOf(() => judge(alice, hash, { contributor: testHash('nobody') }))).toBe('update.verdict.contributor');
    expect(ruleOf(() => judge(alice, hash, { attempt: 2 }))).toBe('update.verdict.round');
    judge(alice, hash, { outcome: 'refused', reason: 'non-finite' });
    expect(ruleOf(() => judge(alice, hash))).toBe('update.verdict.repeated');
    open();
    expect(ruleOf(() => judge(alice, hash))).toBe('update.verdict.commit');
  });

  it('accepts one update of a contributor, in an open attempt', () => {
    open();
    const [first, second] = [commit(alice), commit(alice, { examples: 1 })];
    judge(alice, first);
    expect(ruleOf(() => judge(alice, second))).toBe('update.verdict.second');
    judge(alice, second, { outcome: 'refused', reason: 'duplicate' });
    const old = commit(bob);
    open();
    expect(ruleOf(() => judge(bob, old, { attempt: 1 }))).toBe('update.verdict.late');
    judge(bob, old, { attempt: 1, outcome: 'refused', reason: 'round-abandoned' });
  });

  it('refuses what came after the close, and cannot accept it', () => {
    open();
    for (const signer of [alice, bob]) judge(signer, commit(signer));
    const waiting = commit(carol, { examples: 3 });
    close();
    const at = { round: 1, attempt: 1 };
    const late = commit(carol, at);
    for (const hash of [waiting, late]) {
      expect(ruleOf(() => judge(carol, hash, at))).toBe('update.verdict.late');
      judge(carol, hash, { ...at, outcome: 'refused', reason: 'late' });
    }
  });

  it('accepts no more updates than contributors were invited', () => {
    federation.add('round.open', federation.opening('digits', [alice, bob]));
    for (const signer of [alice, bob]) judge(signer, commit(signer));
    const third = commit(carol);
    expect(ruleOf(() => judge(carol, third))).toBe('update.verdict.cohort');
    judge(carol, third, { outcome: 'refused', reason: 'not-invited' });
  });

  it('calls silent, once, who has no accepted update; later ones can only be refused', () => {
    open();
    judge(alice, commit(alice));
    const silent = { outcome: 'silent', reason: 'no-update' } as const;
    expect(ruleOf(() => judge(alice, null, silent))).toBe('update.verdict.silent');
    expect(ruleOf(() => judge(bob, testHash('x'), silent))).toBe('update.verdict.commit');
    judge(bob, null, silent);
    expect(ruleOf(() => judge(bob, null, silent))).toBe('update.verdict.repeated');
    const late = commit(bob);
    expect(ruleOf(() => judge(bob, late))).toBe('update.verdict.silent');
    judge(bob, late, { outcome: 'refused', reason: 'late' });
    expect(federation.rules.views.rounds.get(roundKey({ run: 'digits', round: 1, attempt: 1 }))?.silent.get(keyIdHex(bob))).toBe('no-update');
  });
});

describe('a contributor with two keys', () => {
  it('is one contributor: no second update by a rotated key, and none after silence', () => {
    open();
    judge(alice, commit(alice));
    judge(bob, null, { outcome: 'silent', reason: 'no-update' });
    const [alice2, bob2] = [testSigner('alice 2'), testSigner('bob 2')];
    for (const [from, to] of [[alice, alice2], [bob, bob2]] as const) {
      federation.add('contributor.rotate', { contributor: keyIdHex(from), key: toHex(to.publicKey) }, [from, to]);
    }
    const [second, late] = [commit(alice2), commit(bob2)];
    expect(ruleOf(() => judge(alice2, second))).toBe('update.verdict.second');
    expect(ruleOf(() => judge(alice2, null, { outcome: 'silent', reason: 'no-update' }))).toBe('update.verdict.silent');
    expect(ruleOf(() => judge(bob2, late))).toBe('update.verdict.silent');
    expect(ruleOf(() => judge(bob2, null, { outcome: 'silent', reason: 'no-update' }))).toBe('update.verdict.repeated');
    judge(alice2, second, { outcome: 'refused', reason: 'duplicate' });
    judge(carol, commit(carol));
    close();
  });

  it('may be accepted under the new key, for a commit of the old one too', () => {
    open();
    const before = commit(alice);
    const alice2 = testSigner('alice 2');
    federation.add('contributor.rotate', { contributor: keyIdHex(alice), key: toHex(alice2.publicKey) }, [alice, alice2]);
    expect(ruleOf(() => commit(alice, { examples: 500 }))).toBe('update.commit.contributor');
    judge(alice, before);
    judge(bob, commit(bob));
    close();
    open();
    judge(alice2, commit(alice2));
  });
});

describe('round.close', () => {
  const refused = (changes: Partial<Payload<'round.close'>['predicate']>) => ruleOf(() => close(changes));

  it('needs the quorum', () => {
    open();
    judge(alice, commit(alice));
    expect(refused({})).toBe('round.close.quorum');
    judge(bob, commit(bob), { outcome: 'refused', reason: 'non-finite' });
    expect(refused({})).toBe('round.close.quorum');
    judge(carol, commit(carol));
    close();
  });

  it('names exactly the accepted updates, the base, the grid, the model and the examples', () => {
    open();
    for (const [signer, examples] of [[alice, 100], [bob, 250]] as const) judge(signer, commit(signer, { examples }));
    commit(carol);
    const { updates, grid } = federation.closing('digits').predicate;
    expect(refused({ updates: { ...updates, root: testHash('x') } })).toBe('round.close.updates');
    expect(refused({ updates: { ...updates, count: 3 } })).toBe('round.close.count');
    expect(refused({ base: testHash('x') })).toBe('round.close.base');
    expect(refused({ grid: { ...grid, s: grid.s - 1 } })).toBe('round.close.grid');
    expect(refused({ grid: { ...grid, aMax: grid.aMax + 1 } })).toBe('round.close.grid');
    expect(refused({ model: testArtifact('another') })).toBe('round.close.subject');
    expect(refused({ denominator: '349' })).toBe('round.close.denominator');
    expect(refused({ denominator: '0' })).toBe('round.close.denominator');
    expect(refused({ run: 'letters' })).toBe('round.close.run');
    expect(refused({ round: 2 })).toBe('round.close.round');
    close({ denominator: '350' });
    expect(federation.run('digits').model).toEqual(testArtifact('digits 1'));
  });

  it('leaves other rules their own denominators', () => {
    open();
    for (const signer of [alice, bob]) judge(signer, commit(signer));
    close({ aggregator: { name: 'median', parameters: {} }, denominator: '1' });
  });

  it('closes the last attempt, once', () => {
    open();
    for (const signer of [alice, bob]) judge(signer, commit(signer));
    const first = federation.closing('digits');
    open();
    expect(ruleOf(() => federation.add('round.close', first))).toBe('round.close.open');
    for (const signer of [alice, bob]) judge(signer, commit(signer));
    const second = federation.closing('digits');
    federation.add('round.close', second);
    expect(ruleOf(() => federation.add('round.close', second))).toBe('round.close.open');
  });
});

describe('evaluation', () => {
  const evaluate = (changes: Partial<Payload<'evaluation'>>, signer = evaluator) =>
    federation.add('evaluation', federation.measurement('digits', signer, changes), [signer]);

  it('measures the model of a closed round, or the initial one, also after the end', () => {
    evaluate({});
    federation.playRound('digits', cohort());
    evaluate({});
    evaluate({ round: 0, model: testArtifact('digits 0').sha256, metrics: { accuracy: '0.1' } }, alice);
    expect(ruleOf(() => evaluate({ round: 2 }))).toBe('evaluation.round');
    expect(ruleOf(() => evaluate({ round: 0 }))).toBe('evaluation.model');
    expect(ruleOf(() => evaluate({ run: 'letters' }))).toBe('evaluation.run');
    expect(ruleOf(() => evaluate({ evaluator: testHash('nobody') }))).toBe('evaluation.contributor');
    expect(ruleOf(() => evaluate({}))).toBe('leaf.duplicate');
    federation.add('run.end', federation.ending('digits'));
    evaluate({ metrics: { accuracy: '0.98' } });
  });
});
