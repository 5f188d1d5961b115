import { fromHex, toHex } from '../bytes.js';
import { cohortRoot } from '../cohort/draw-cohort.js';
import type { Signer } from '../crypto/crypto.js';
import type { Artifact } from '../leaf/payload-fields.js';
import type { Payload } from '../leaf/payloads.js';
import { nodeCrypto } from '../native/node-crypto.js';
import { sortedRootOf } from '../tree/root-of.js';
import { roundKey } from '../verify/chain-state.js';
import type { Round, Run } from '../verify/chain-state.js';
import { TestChain, testHash, testSigner } from './test-chain.testing.js';

type Changes<K extends Parameters<TestChain['add']>[0]> = Partial<Omit<Payload<K>, 'chain'>>;

/** A file's name on the chain, for files that do not exist. */
export function testArtifact(name: string): Artifact {
  return { sha256: testHash(`file ${name}`), tensorRoot: testHash(`tensors ${name}`), bytes: 4096 };
}

export const keyIdHex = (signer: Signer): string => toHex(signer.keyId);

/**
 * Valid leaves of a federation, each changeable to see it refused. Bodies default to what fits the chain at that moment.
 */
export class TestFederation extends TestChain {
  enrolment(signer: Signer, changes: Changes<'contributor.enrol'> = {}): Omit<Payload<'contributor.enrol'>, 'chain'> {
    const key = toHex(signer.publicKey);
    return { key, name: `Key ${key.slice(0, 8)}`, role: 'contributor', invitation: testHash(`invitation ${key}`), ...changes };
  }

  /** Enrols a key named for `name` and accepts it. */
  enrol(name: string, role: 'contributor' | 'evaluator' = 'contributor'): Signer {
    const signer = testSigner(name);
    this.add('contributor.enrol', this.enrolment(signer, { name, role }), [this.operator, signer]);
    return signer;
  }

  createRun(run = 'digits'): string {
    return this.add('run.create', {
      run, plan: { sha256: testHash(`plan of ${run}`), bytes: 512 }, initial: testArtifact(`${run} 0`), retention: { updates: 'all', rounds: 0 },
    });
  }

  opening(run: string, cohort: readonly Signer[], changes: Changes<'round.open'> = {}): Omit<Payload<'round.open'>, 'chain'> {
    const { model, closed, attempts } = this.run(run);
    const { height, blockHash } = this.head();
    const keyIds = cohort.map(keyIdHex);
    return {
      run, round: closed + 1, attempt: attempts + 1, base: model, seed: { height, blockHash },
      candidates: { sha256: testHash(`candidates ${keyIds.join(' ')}`), bytes: 256 },
      cohort: { root: toHex(cohortRoot(nodeCrypto, keyIds)), size: cohort.length },
      policy: { quorum: Math.max(1, cohort.length - 1), target: cohort.length, deadlineMs: 60_000, weighting: 'examples', examplesCap: 1000 },
      grid: { s: 51 - Math.ceil(Math.log2(cohort.length * 1000)) - 3, bound: 8, aMax: cohort.length * 1000 },
      deadlineAtMs: this.nowMs + 60_000,
      ...changes,
    };
  }

  update(run: string, signer: Signer, changes: Changes<'update.commit'> = {}): Omit<Payload<'update.commit'>, 'chain'> {
    const { opening } = this.round(run);
    return {
      run, round: opening.round, attempt: opening.attempt, contributor: keyIdHex(signer), base: opening.base.sha256,
      update: testArtifact(`update of ${keyIdHex(signer)} for ${run} ${opening.round}`), examples: 600, metrics: { loss: '0.25', accuracy: '0.9' },
      seen: this.head(), ...changes,
    };
  }

  verdict(run: string, signer: Signer, commit: string | null, changes: Changes<'update.verdict'> = {}): Omit<Payload<'update.verdict'>, 'chain'> {
    const { round, attempt } = this.round(run).opening;
    return { run, round, attempt, contributor: keyIdHex(signer), commit, outcome: 'accepted', reason: 'valid', ...changes };
  }

  closing(run: string, changes: Partial<Payload<'round.close'>['predicate']> = {}): Omit<Payload<'round.close'>, 'chain'> {
    const { opening, accepted, commits } = this.round(run);
    const hashes = [...accepted.entries.values()];
    const model = testArtifact(`${run} ${opening.round}`);
    const examples = hashes.reduce((sum, hash) => sum + (commits.get(hash)?.payload.examples ?? 0), 0);
    return {
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ name: 'model.safetensors', digest: { sha256: model.sha256 } }],
      predicateType: 'urn:fedseal:round.close:v1',
      predicate: {
        run, round: opening.round, attempt: opening.attempt, base: opening.base.sha256, model,
        aggregator: { name: 'fedavg', parameters: { weighting: 'examples' } },
        updates: { root: toHex(sortedRootOf(nodeCrypto, hashes.map(fromHex))), count: hashes.length },
        weights: { sha256: testHash(`weights ${run} ${opening.round}`), bytes: 256 },
        denominator: String(examples), grid: opening.grid, serverState: null, ...changes,
      },
    };
  }

  measurement(run: string, evaluator: Signer, changes: Changes<'evaluation'> = {}): Omit<Payload<'evaluation'>, 'chain'> {
    const { closed, model } = this.run(run);
    return {
      run, round: closed, model: model.sha256, evaluator: keyIdHex(evaluator),
      dataset: { commitment: testHash('salted test set'), examples: 10_000 }, metrics: { accuracy: '0.97' }, ...changes,
    };
  }

  ending(run: string, changes: Changes<'run.end'> = {}): Omit<Payload<'run.end'>, 'chain'> {
    const { closed, model } = this.run(run);
    return { run, outcome: 'completed', reason: 'rounds-done', rounds: closed, model, ...changes };
  }

  /** A whole round: everybody's update is accepted. */
  playRound(run: string, cohort: readonly Signer[]): void {
    this.add('round.open', this.opening(run, cohort));
    for (const signer of cohort) {
      const commit = this.add('update.commit', this.update(run, signer), [signer]);
      this.add('update.verdict', this.verdict(run, signer, commit));
    }
    this.add('round.close', this.closing(run));
  }

  run(run: string): Run {
    return this.rules.views.runs.get(run) as Run;
  }

  /** The last attempt opened, or the one before it was closed. */
  round(run: string): Round {
    const { closed, attempts } = this.run(run);
    const rounds = [...this.rules.views.rounds.values()].filter(({ opening }) => opening.run === run);
    return this.rules.views.rounds.get(roundKey({ run, round: closed + 1, attempt: attempts })) ?? (rounds.at(-1) as Round);
  }
}

/**
 * A small, whole chain: three contributors and an evaluator, one run of `rounds` rounds with a failed attempt, a refused
 * and a silent contributor, evaluations and an end; about six leaves a block.
 * @param options `memoryBytes` stands in a leaf of block 1: another value makes another history of the same shape
 */
export function buildSmallChain({ rounds = 2, memoryBytes = 2 ** 32 }: { rounds?: number; memoryBytes?: number } = {}): TestFederation {
  const federation = new TestFederation();
  const cohort = ['alice', 'bob', 'carol'].map((name) => federation.enrol(name));
  const [alice, bob, carol] = cohort as [Signer, Signer, Signer];
  const evaluator = federation.enrol('evaluator', 'evaluator');
  federation.add('resource.register', {
    contributor: keyIdHex(alice), device: '2 cores', backend: 'wasm', memoryBytes, imagesPerSecond: '1500.5', software: testHash('worker'),
  }, [alice]);
  federation.seal();
  federation.createRun();
  federation.seal();
  // First attempt: only one of three answers, too few for the quorum of two.
  federation.add('round.open', federation.opening('digits', cohort));
  const first = federation.add('update.commit', federation.update('digits', alice), [alice]);
  federation.add('update.verdict', federation.verdict('digits', alice, first));
  federation.add('update.verdict', federation.verdict('digits', carol, null, { outcome: 'silent', reason: 'no-update' }));
  // Second attempt: bob's update is refused.
  federation.add('round.open', federation.opening('digits', cohort));
  for (const signer of cohort) {
    const commit = federation.add('update.commit', federation.update('digits', signer), [signer]);
    const refused = signer === bob ? ({ outcome: 'refused', reason: 'non-finite' } as const) : {};
    federation.add('update.verdict', federation.verdict('digits', signer, commit, refused));
  }
  federation.add('round.close', federation.closing('digits'));
  federation.seal();
  for (let round = 2; round <= rounds; round++) {
    federation.add('evaluation', federation.measurement('digits', evaluator), [evaluator]);
    federation.playRound('digits', cohort);
    federation.seal();
  }
  federation.add('evaluation', federation.measurement('digits', evaluator), [evaluator]);
  federation.add('run.end', federation.ending('digits'));
  federation.seal();
  return federation;
}
