import { ChainError } from '@fedseal/chain/chain-error';
import type { Crypto } from '@fedseal/chain/crypto/crypto';
import type { ReadLeaf } from '@fedseal/chain/leaf/read-leaf';
import type { Payload } from '@fedseal/chain/leaf/payloads';
import { tensorSpecs } from '@fedseal/model/layers/tensor-specs';
import type { ModelTensor } from '@fedseal/model/strategies/strategy';
import { auditCohort } from './audit-cohort.js';
import { auditOpening } from './audit-opening.js';
import type { AuditedPlan } from './audit-plan.js';
import type { AuditedRound, AuditReport } from './audit-report.js';
import { auditRun, auditRunEnd } from './audit-run.js';
import { BlobSource, type FindBlob } from './blob-source.js';
import { Enrolments } from './enrolments.js';
import { rebuildRound, type OpenAttempt } from './rebuild-round.js';

export interface LeafPlace {
  readonly index: number;
  /** Hex leaf hash. */
  readonly hash: string;
  /** Height of the block that seals it. */
  readonly block: number;
}

interface AuditedRun {
  readonly createLeaf: string;
  readonly plan: AuditedPlan;
  readonly model: readonly ModelTensor[];
  readonly keepsUpdates: boolean;
  /** Digest of the server's state that the last closed round sealed. */
  state: string | null;
}

/**
 * Replays what leaves and headers alone cannot show: initial weights from the plan, cohorts from their seeds, and every
 * aggregate from its stored updates, byte for byte. Fed with the leaves of a verified chain in order; memory does not grow
 * with the length of the chain, only with what is open.
 */
export class RoundAuditor {
  private readonly blobs: BlobSource;
  private readonly runs = new Map<string, AuditedRun>();
  private readonly open = new Map<string, OpenAttempt>();
  private readonly enrolments = new Enrolments();
  private readonly rounds: AuditedRound[] = [];
  private cohorts = 0;

  constructor(
    private readonly crypto: Crypto,
    find: FindBlob,
    private readonly keyIdOf: (publicKeyHex: string) => string,
  ) {
    this.blobs = new BlobSource(crypto, find);
  }

  /** @throws ChainError `audit.*`, located at this leaf */
  async visit(leaf: ReadLeaf, place: LeafPlace): Promise<void> {
    try {
      await this.replay(leaf, place);
    } catch (error) {
      if (error instanceof ChainError) throw error.at({ block: place.block, leaf: place.index });
      throw error;
    }
  }

  report(): AuditReport {
    return { runs: this.runs.size, rounds: this.rounds, cohorts: this.cohorts, initialModels: this.runs.size };
  }

  private async replay(leaf: ReadLeaf, place: LeafPlace): Promise<void> {
    switch (leaf.kind) {
      case 'contributor.enrol':
        if (leaf.payload.role === 'contributor') this.enrolments.begin(this.keyIdOf(leaf.payload.key), place.block);
        return;
      case 'contributor.rotate':
        this.enrolments.pass(leaf.payload.contributor, this.keyIdOf(leaf.payload.key), place.block);
        return;
      case 'contributor.revoke':
        this.enrolments.end(leaf.payload.contributor, place.block);
        return;
      case 'run.create':
        return this.createRun(leaf.payload, place);
      case 'round.open':
        return this.openRound(leaf.payload);
      case 'update.commit':
        this.attempt(leaf.payload)?.commits.set(place.hash, leaf.payload);
        return;
      case 'update.verdict':
        if (leaf.payload.outcome === 'accepted' && leaf.payload.commit !== null) this.attempt(leaf.payload)?.accepted.add(leaf.payload.commit);
        return;
      case 'round.close':
        return this.closeRound(leaf.payload.predicate, place);
      case 'run.end':
        return auditRunEnd(leaf.payload, this.run(leaf.payload.run).plan);
      default:
    }
  }

  private async createRun(created: Payload<'run.create'>, place: LeafPlace): Promise<void> {
    const plan = await auditRun(this.crypto, this.blobs, created);
    this.runs.set(created.run, {
      createLeaf: place.hash, plan, model: tensorSpecs(plan.model), keepsUpdates: created.retention.updates === 'all', state: null,
    });
  }

  private async openRound(open: Payload<'round.open'>): Promise<void> {
    const { createLeaf, plan, model, state } = this.run(open.run);
    const listed = await this.blobs.sealed(open.candidates, `candidates of round ${open.round}`);
    const cohort = auditCohort(this.crypto, open, createLeaf, listed, this.enrolments.at(open.seed.height), plan);
    const strategy = auditOpening(open, plan);
    this.cohorts += 1;
    // Only the last attempt at a round can close.
    this.open.set(open.run, { open, cohort, model, strategy, stateBefore: state, commits: new Map(), accepted: new Set() });
  }

  private async closeRound(close: Payload<'round.close'>['predicate'], place: LeafPlace): Promise<void> {
    const attempt = this.attempt(close);
    if (attempt === undefined) throw new ChainError('audit.round', `Round ${close.round} of ${close.run} closes but was never opened.`);
    const audited = this.run(close.run);
    const status = await rebuildRound(this.crypto, this.blobs, attempt, close, audited.keepsUpdates);
    audited.state = close.serverState;
    this.open.delete(close.run);
    const { run, round, model } = close;
    this.rounds.push({
      run, round, attempt: close.attempt, block: place.block, model: model.sha256, contributors: close.updates.count, status,
    });
  }

  private run(name: string): AuditedRun {
    const run = this.runs.get(name);
    if (run === undefined) throw new ChainError('audit.run', `The run ${name} was never created.`);
    return run;
  }

  /** The attempt a leaf belongs to; undefined for a late one, whose round is over. */
  private attempt(at: { run: string; round: number; attempt: number }): OpenAttempt | undefined {
    const held = this.open.get(at.run);
    return held?.open.round === at.round && held.open.attempt === at.attempt ? held : undefined;
  }
}
