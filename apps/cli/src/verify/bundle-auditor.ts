import { fromHex, toHex } from '@fedseal/chain/bytes';
import { ChainError } from '@fedseal/chain/chain-error';
import { keyIdOf } from '@fedseal/chain/crypto/key-id';
import type { BundleChoice } from '@fedseal/chain/file/bundle-contents';
import type { ReadLeaf } from '@fedseal/chain/leaf/read-leaf';
import type { Payload } from '@fedseal/chain/leaf/payloads';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import { artifactsOf } from '@fedseal/chain/receipt/artifacts-of';
import { initialTensors } from '@fedseal/model/init/initial-tensors';
import { encodeSafetensors } from '@fedseal/model/safetensors/encode-safetensors';
import { readArtifact } from '@fedseal/rounds/audit/audit-model';
import { readPlan } from '@fedseal/rounds/audit/audit-plan';
import type { AuditedRound, AuditReport } from '@fedseal/rounds/audit/audit-report';
import type { ByteRange, FindBlob } from '@fedseal/rounds/audit/blob-source';
import { RoundAuditor, type LeafPlace } from '@fedseal/rounds/audit/round-auditor';

/** `left-out`: the bundle says that it does not hold the files that rebuilding this round takes. */
export type BundleRound = Omit<AuditedRound, 'status'> & { readonly status: AuditedRound['status'] | 'left-out' };

export interface BundleAudit extends Omit<AuditReport, 'rounds'> {
  readonly rounds: readonly BundleRound[];
  /** Runs whose files the bundle says it does not hold. */
  readonly runsLeftOut: readonly string[];
}

/**
 * Audits what a bundle holds and names what it says it leaves out. A file that it should hold and does not is a refusal, as
 * everywhere.
 */
export class BundleAuditor {
  private readonly auditor: RoundAuditor;
  private readonly leftOut = new Map<string, BundleRound>();
  private readonly order: string[] = [];
  private readonly runsLeftOut: string[] = [];
  private creating: Payload<'run.create'> | undefined;
  /** SHA-256 of every file that some leaf names. */
  readonly named = new Set<string>();

  constructor(
    private readonly choice: BundleChoice,
    private readonly find: FindBlob,
  ) {
    this.auditor = new RoundAuditor(nodeCrypto, (sha256, range) => this.findOrMake(sha256, range), (key) => toHex(keyIdOf(nodeCrypto, fromHex(key))));
  }

  /** @throws ChainError */
  async visit(leaf: ReadLeaf, place: LeafPlace): Promise<void> {
    for (const { sha256 } of artifactsOf(leaf)) this.named.add(sha256);
    if (leaf.kind === 'run.create') {
      this.creating = leaf.payload;
      if (!this.holds(leaf.payload.run)) this.runsLeftOut.push(leaf.payload.run);
    }
    const run = runOf(leaf);
    if (leaf.kind === 'round.close') {
      const close = leaf.payload.predicate;
      this.order.push(placeKey(close));
      if (!this.holds(close.run) || this.choice.models !== 'all' || this.choice.updates !== 'all') return this.leaveOut(close, place);
    }
    if (run === undefined || this.holds(run)) await this.auditor.visit(leaf, place);
  }

  /**
   * @param newest file hashes of the runs' current models
   * @throws ChainError `audit.blob-missing` for a run's newest model that the bundle says it holds
   */
  async report(newest: ReadonlyMap<string, { readonly model: { readonly sha256: string } }>): Promise<BundleAudit> {
    for (const [run, { model }] of newest) {
      if (this.choice.models === 'none' || !this.holds(run)) continue;
      if ((await this.find(model.sha256)) === undefined) {
        throw new ChainError('audit.blob-missing', `The newest model of ${run}, blob ${model.sha256}, is not there, and the bundle says that it is.`);
      }
    }
    const { rounds, initialModels, ...rest } = this.auditor.report();
    const rebuilt = new Map<string, BundleRound>(rounds.map((round) => [placeKey(round), round]));
    const all = this.order.map((key) => (rebuilt.get(key) ?? this.leftOut.get(key))!);
    return { ...rest, initialModels, rounds: all, runsLeftOut: this.runsLeftOut };
  }

  private holds(run: string): boolean {
    return this.choice.runs === null || this.choice.runs.includes(run);
  }

  /** A model that is there is still held to its sealed length and tensor root. */
  private async leaveOut(close: Payload<'round.close'>['predicate'], place: LeafPlace): Promise<void> {
    const { run, round, attempt, model } = close;
    const bytes = this.holds(run) && this.choice.models !== 'none' ? await this.find(model.sha256) : undefined;
    const at = { block: place.block, leaf: place.index };
    if (bytes === undefined && this.holds(run) && this.choice.models === 'all') {
      throw new ChainError('audit.blob-missing', `The model of round ${round}, blob ${model.sha256}, is not there, and the bundle says that it is.`, at);
    }
    if (bytes !== undefined) located(at, () => readArtifact(nodeCrypto, bytes, model, `The model of round ${round}`));
    this.leftOut.set(placeKey(close), {
      run, round, attempt, block: place.block, model: model.sha256, contributors: close.updates.count, status: 'left-out',
    });
  }

  /** A bundle without models still has the plan, which gives the initial one. */
  private async findOrMake(sha256: string, range?: ByteRange): Promise<Uint8Array | undefined> {
    const found = await this.find(sha256, range);
    if (found !== undefined || this.choice.models === 'all' || sha256 !== this.creating?.initial.sha256) return found;
    const bytes = await this.find(this.creating.plan.sha256);
    if (bytes === undefined) return undefined;
    const plan = readPlan(bytes);
    return encodeSafetensors(initialTensors(plan.model, plan.seed));
  }
}

function placeKey({ run, round, attempt }: { readonly run: string; readonly round: number; readonly attempt: number }): string {
  return `${run}/${round}/${attempt}`;
}

function runOf(leaf: ReadLeaf): string | undefined {
  switch (leaf.kind) {
    case 'run.create':
    case 'run.end':
    case 'round.open':
    case 'update.commit':
    case 'update.verdict':
    case 'evaluation':
      return leaf.payload.run;
    case 'round.close':
      return leaf.payload.predicate.run;
    default:
      return undefined;
  }
}

function located<T>(at: { readonly block: number; readonly leaf: number }, check: () => T): T {
  try {
    return check();
  } catch (error) {
    throw error instanceof ChainError ? error.at(at) : error;
  }
}
