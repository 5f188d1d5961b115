import { fromHex, toHex } from '@fedseal/chain/bytes';
import { cohortRoot } from '@fedseal/chain/cohort/draw-cohort';
import type { Signer } from '@fedseal/chain/crypto/crypto';
import type { Artifact } from '@fedseal/chain/leaf/payload-fields';
import type { JsonLeafKind, Payload } from '@fedseal/chain/leaf/payloads';
import { signLeaf } from '@fedseal/chain/leaf/sign-leaf';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import { testHash, testSigner } from '@fedseal/chain/testing/test-chain.testing';
import { sortedRootOf } from '@fedseal/chain/tree/root-of';
import type { Ledger, LedgerWrite } from './ledger.js';

export const keyIdHex = (signer: Signer): string => toHex(signer.keyId);

interface Opening {
  readonly payload: Omit<Payload<'round.open'>, 'chain'>;
  readonly commits: string[];
}

/** Valid leaves on a ledger, written as the rooms above it write them. Files exist by name only unless a test stores them. */
export class Scene {
  private readonly models = new Map<string, { closed: number; model: Artifact }>();
  private readonly openings = new Map<string, Opening>();

  constructor(
    readonly ledger: Ledger,
    /** The artifact a name stands for. */
    private readonly file: (name: string) => Artifact = (name) => ({ sha256: testHash(name), tensorRoot: testHash(`tensors ${name}`), bytes: 4096 }),
  ) {}

  sign<K extends JsonLeafKind>(kind: K, payload: Omit<Payload<K>, 'chain'>, signers: readonly Signer[]): Uint8Array {
    return signLeaf(kind, { ...payload, chain: this.ledger.chainId } as unknown as Payload<K>, signers);
  }

  enrolment(name: string, role: 'contributor' | 'evaluator' = 'contributor'): Uint8Array {
    const signer = testSigner(name);
    const payload = { key: toHex(signer.publicKey), name, role, invitation: testHash(`invitation ${name}`) };
    return this.sign('contributor.enrol', payload, [this.ledger.operator, signer]);
  }

  async enrol(name: string, role: 'contributor' | 'evaluator' = 'contributor'): Promise<Signer> {
    await this.ledger.write((write) => write.accept(this.enrolment(name, role)));
    return testSigner(name);
  }

  /** @returns the leaf's hash */
  async createRun(run: string): Promise<string> {
    const initial = this.file(`${run} 0`);
    this.models.set(run, { closed: 0, model: initial });
    const plan = this.file(`plan of ${run}`);
    const payload = { run, plan: { sha256: plan.sha256, bytes: plan.bytes }, initial, retention: { updates: 'all' as const, rounds: 0 } };
    return (await this.ledger.write((write) => write.acceptSigned('run.create', payload))).leafHash;
  }

  /** @returns the leaf's hash */
  async endRun(run: string): Promise<string> {
    return (await this.ledger.write((write) => this.end(write, run))).leafHash;
  }

  end(write: LedgerWrite, run: string) {
    const { closed, model } = this.state(run);
    return write.acceptSigned('run.end', { run, outcome: 'completed', reason: 'rounds-done', rounds: closed, model });
  }

  async openRound(run: string, cohort: readonly Signer[]): Promise<void> {
    const { closed, model } = this.state(run);
    const { height, blockHash } = this.ledger.head();
    const candidates = this.file(`candidates of ${run} ${closed + 1}`);
    const payload: Opening['payload'] = {
      run, round: closed + 1, attempt: 1, base: model, seed: { height, blockHash },
      candidates: { sha256: candidates.sha256, bytes: candidates.bytes },
      cohort: { root: toHex(cohortRoot(nodeCrypto, cohort.map(keyIdHex))), size: cohort.length },
      policy: { quorum: 1, target: cohort.length, deadlineMs: 60_000, weighting: 'examples', examplesCap: 1000 },
      grid: { s: 51 - Math.ceil(Math.log2(cohort.length * 1000)) - 3, bound: 8, aMax: cohort.length * 1000 },
      deadlineAtMs: 1_800_000_000_000,
    };
    await this.ledger.write((write) => write.acceptSigned('round.open', payload));
    this.openings.set(run, { payload, commits: [] });
  }

  update(run: string, signer: Signer): Uint8Array {
    const { round, attempt, base } = this.opening(run).payload;
    const contributor = keyIdHex(signer);
    return this.sign('update.commit', {
      run, round, attempt, contributor, base: base.sha256, update: this.file(`update ${contributor} ${run} ${round}`),
      examples: 600, metrics: { loss: '0.25' }, seen: this.ledger.head(),
    }, [signer]);
  }

  async commit(run: string, signer: Signer): Promise<void> {
    const opening = this.opening(run);
    const { round, attempt } = opening.payload;
    await this.ledger.write(async (write) => {
      const { leafHash } = await write.accept(this.update(run, signer));
      const verdict = { run, round, attempt, contributor: keyIdHex(signer), commit: leafHash, outcome: 'accepted' as const, reason: 'valid' };
      await write.acceptSigned('update.verdict', verdict);
      opening.commits.push(leafHash);
    });
  }

  /** @returns the leaf's hash */
  async closeRound(run: string): Promise<string> {
    const { payload: { round, attempt, base, grid }, commits } = this.opening(run);
    const model = this.file(`${run} ${round}`);
    const weights = this.file(`weights ${run} ${round}`);
    const accepted = await this.ledger.write((write) => write.acceptSigned('round.close', {
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ name: 'model.safetensors', digest: { sha256: model.sha256 } }],
      predicateType: 'urn:fedseal:round.close:v1',
      predicate: {
        run, round, attempt, base: base.sha256, model,
        aggregator: { name: 'fedavg', parameters: { weighting: 'examples' } },
        updates: { root: toHex(sortedRootOf(nodeCrypto, commits.map(fromHex))), count: commits.length },
        weights: { sha256: weights.sha256, bytes: weights.bytes },
        denominator: String(600 * commits.length), grid, serverState: null,
      },
    }));
    this.models.set(run, { closed: round, model });
    this.openings.delete(run);
    return accepted.leafHash;
  }

  async playRound(run: string, cohort: readonly Signer[]): Promise<string> {
    await this.openRound(run, cohort);
    for (const signer of cohort) await this.commit(run, signer);
    return this.closeRound(run);
  }

  private state(run: string): { closed: number; model: Artifact } {
    return this.models.get(run) as { closed: number; model: Artifact };
  }

  private opening(run: string): Opening {
    return this.openings.get(run) as Opening;
  }
}
