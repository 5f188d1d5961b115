import { Injectable } from '@nestjs/common';
import { cohortRoot, cohortSeed, drawCohort } from '@fedseal/chain/cohort/draw-cohort';
import { fromHex, toHex } from '@fedseal/chain/bytes';
import { encodeCanonicalJson } from '@fedseal/chain/json/canonical-json';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import type { RunPlan } from '@fedseal/protocol/plan';
import type { RunState } from '@fedseal/rounds/machine/run-state';
import { WorkerChannel } from '../contributors/worker-channel.js';
import { Ledger, type LedgerWrite } from '../ledger/ledger.js';
import { type StoredRun } from '../storage/ports/run.store.js';
import { gridOfRound } from './open-aggregate.js';
import { PlanSource } from './plan-source.js';
import { RoundAnnouncer } from './round-announcer.js';
import { RunDriver } from './run-driver.js';
import { RoundOpenerStores } from './round-opener-stores.js';

/**
 * Opens a round once enough contributors are enrolled in the newest sealed block and online. The draw is fixed by
 * that block's hash, so anyone can recompute it.
 */
@Injectable()
export class RoundOpener {
  private readonly opening = new Map<string, Promise<boolean>>();

  constructor(
    private readonly ledger: Ledger,
    private readonly channel: WorkerChannel,
    private readonly stores: RoundOpenerStores,
    private readonly plans: PlanSource,
    private readonly driver: RunDriver,
    private readonly announcer: RoundAnnouncer,
  ) {}

  /** Opens the run's next round if it can. Safe to call at any time and from everywhere. @returns whether it did. */
  tryOpen(run: string): Promise<boolean> {
    const running = this.opening.get(run);
    if (running) return running;
    const attempt = this.open(run).finally(() => this.opening.delete(run));
    this.opening.set(run, attempt);
    return attempt;
  }

  private async open(run: string): Promise<boolean> {
    const stored = await this.stores.runs.get(run);
    if (stored === undefined || (stored.state as RunState).phase !== 'gathering') return false;
    const plan = await this.plans.load(stored);
    if (this.candidates().online.length < leastContributors(plan)) return false;
    return this.ledger.write((write) => this.openInside(write, run, plan));
  }

  private async openInside(write: LedgerWrite, run: string, plan: RunPlan): Promise<boolean> {
    const stored = await this.stores.runs.lock(write.tx, run);
    const state = stored?.state as RunState | undefined;
    const { online, skipped } = this.candidates();
    if (stored === undefined || state?.phase !== 'gathering' || online.length < leastContributors(plan)) return false;
    const draw = this.draw(stored, state, plan, online);
    const listed = encodeCanonicalJson({ candidates: online, skipped });
    const candidates = await this.stores.blobs.put(listed);
    this.announcer.reach('round.before-open');
    const now = this.announcer.clock.nowMs();
    const deadlineMs = Math.ceil(plan.policy.deadlineSeconds * 1000);
    const { leafHash } = await write.acceptSigned('round.open', {
      run,
      round: state.round,
      attempt: state.attempt,
      base: state.model,
      seed: { height: draw.head.height, blockHash: draw.head.blockHash },
      candidates: { sha256: candidates.sha256, bytes: candidates.bytes },
      cohort: { root: toHex(cohortRoot(nodeCrypto, draw.cohort)), size: draw.cohort.length },
      policy: {
        quorum: plan.policy.quorum,
        target: draw.cohort.length,
        deadlineMs,
        weighting: plan.policy.weighting,
        examplesCap: plan.policy.examplesCap,
      },
      grid: draw.grid,
      deadlineAtMs: now + deadlineMs,
    });
    await this.stores.rounds.save(write.tx, {
      run, round: state.round, attempt: state.attempt, status: 'open', base: state.model, model: null,
      openLeaf: leafHash, closeLeaf: null, candidatesSha256: candidates.sha256, weightsSha256: null,
      cohort: draw.cohort, quorum: plan.policy.quorum, openedAtMs: now, deadlineAtMs: now + deadlineMs, closedAtMs: null,
    });
    await this.announcer.opened(write, { run, state, cohort: draw.cohort, quorum: plan.policy.quorum, deadlineAtMs: now + deadlineMs });
    await this.driver.apply(write, run, {
      type: 'round.opened', cohort: draw.cohort, target: draw.cohort.length, deadlineAtMs: now + deadlineMs,
    });
    if (stored.status === 'pending') await this.stores.runs.save(write.tx, run, { status: 'running' });
    return true;
  }

  private draw(stored: StoredRun, state: RunState, plan: RunPlan, online: readonly string[]) {
    const head = this.ledger.head();
    const seed = cohortSeed(nodeCrypto, {
      blockHash: fromHex(head.blockHash),
      runLeafHash: fromHex(stored.createLeaf),
      round: state.round,
    });
    const size = plan.cohort.size === 'all' ? online.length : Math.min(plan.cohort.size, online.length);
    const cohort = drawCohort(nodeCrypto, { seed, candidates: online, size });
    return { head, cohort, grid: gridOfRound(plan, cohort.length) };
  }

  /** Sorted, so that the blob that lists them is the same whoever writes it. */
  private candidates(): { online: string[]; skipped: { contributor: string; reason: string }[] } {
    const enrolled = [...this.ledger.sealedContributors('contributor')].sort();
    return {
      online: enrolled.filter((keyId) => this.channel.isOnline(keyId)),
      skipped: enrolled.filter((keyId) => !this.channel.isOnline(keyId)).map((contributor) => ({ contributor, reason: 'offline' })),
    };
  }
}

function leastContributors(plan: RunPlan): number {
  return Math.max(plan.cohort.minimum, plan.policy.quorum);
}
