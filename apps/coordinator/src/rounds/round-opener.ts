import { Injectable } from '@nestjs/common';
import { cohortRoot, cohortSeed, drawCohort } from '@fedseal/chain/cohort/draw-cohort';
import { fromHex, toHex } from '@fedseal/chain/bytes';
import { encodeCanonicalJson } from '@fedseal/chain/json/canonical-json';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import type { RunPlan } from '@fedseal/protocol/plan';
import type { RunState } from '@fedseal/rounds/machine/run-state';
import { WorkerChannel } from '../contributors/worker-channel.js';
import { Ledger, type LedgerWrite } from '../ledger/ledger.js';
import type { StoredRound } from '../storage/ports/round.store.js';
import type { StoredRun } from '../storage/ports/run.store.js';
import { PlanSource } from './plan-source.js';
import { RoundAnnouncer } from './round-announcer.js';
import { RunDriver } from './run-driver.js';
import { RoundOpenerStores } from './round-opener-stores.js';
import { gridOfRound, strategyOfPlan } from './strategy-of-plan.js';

/**
 * Opens a round once enough contributors are enrolled in the newest sealed block and online. The draw is fixed by
 * that block's hash, so anyone can recompute it.
 */
@Injectable()
export class RoundOpener {
  private readonly opening = new Map<string, { work: Promise<void>; again: boolean }>();

  constructor(
    private readonly ledger: Ledger,
    private readonly channel: WorkerChannel,
    private readonly stores: RoundOpenerStores,
    private readonly plans: PlanSource,
    private readonly driver: RunDriver,
    private readonly announcer: RoundAnnouncer,
  ) {}

  /** Opens the run's next round if it can. Safe to call at any time and from everywhere. */
  tryOpen(run: string): Promise<void> {
    const running = this.opening.get(run);
    if (running) {
      // What has just changed may have come too late for the look that is under way.
      running.again = true;
      return running.work;
    }
    const opening = { work: Promise.resolve(), again: true };
    this.opening.set(run, opening);
    opening.work = this.openWhileAsked(run, opening);
    return opening.work;
  }

  private async openWhileAsked(run: string, opening: { again: boolean }): Promise<void> {
    try {
      while (opening.again) {
        opening.again = false;
        await this.open(run);
      }
    } finally {
      this.opening.delete(run);
    }
  }

  private async open(run: string): Promise<void> {
    const stored = await this.stores.runs.get(run);
    if (stored === undefined || (stored.state as RunState).phase !== 'gathering') return;
    if (this.candidates().online.length < leastContributors(await this.plans.load(stored))) return;
    await this.ledger.write(async (write) => {
      const locked = await this.stores.runs.lock(write.tx, run);
      if (locked) await this.openInside(write, locked);
    });
  }

  /**
   * Opens the next round inside a transaction that holds the run's lock, if it can.
   * @param stored with the state that the run has in this transaction
   */
  async openInside(write: LedgerWrite, stored: StoredRun): Promise<void> {
    const { run } = stored;
    const state = stored.state as RunState;
    const plan = await this.plans.load(stored);
    const { online, skipped } = this.candidates();
    if (state.phase !== 'gathering' || online.length < leastContributors(plan)) return;
    const draw = this.draw(stored, state, plan, online);
    const candidates = await this.stores.blobs.put(encodeCanonicalJson({ candidates: online, skipped }));
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
        weighting: strategyOfPlan(plan).weighting,
        examplesCap: plan.policy.examplesCap,
      },
      grid: draw.grid,
      deadlineAtMs: now + deadlineMs,
    });
    const round: StoredRound = {
      run, round: state.round, attempt: state.attempt, status: 'open', base: state.model, model: null,
      openLeaf: leafHash, closeLeaf: null, candidatesSha256: candidates.sha256, weightsSha256: null, serverStateSha256: null,
      cohort: draw.cohort, quorum: plan.policy.quorum, openedAtMs: now, deadlineAtMs: now + deadlineMs, closedAtMs: null,
    };
    await this.stores.rounds.save(write.tx, round);
    await this.announcer.opened(write, { run, state, cohort: draw.cohort, quorum: plan.policy.quorum, deadlineAtMs: now + deadlineMs });
    const event = { type: 'round.opened', cohort: draw.cohort, target: draw.cohort.length, deadlineAtMs: now + deadlineMs } as const;
    await this.driver.apply(write, run, event, { round });
    if (stored.status === 'pending') await this.stores.runs.save(write.tx, run, { status: 'running' });
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
