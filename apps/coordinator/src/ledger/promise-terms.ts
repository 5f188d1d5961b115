import type { Payload } from '@fedseal/chain/leaf/payloads';
import { roundKey } from '@fedseal/chain/verify/chain-state';
import type { LedgerState } from './ledger-state.js';

/** By when an accepted commit is sealed. */
export interface PromiseTerms {
  /** By the block of this height, or by one below. */
  readonly height: number;
  /** ms since the epoch */
  readonly notAfterMs: number;
}

/**
 * After its round's deadline a commit has another day, as the logs of RFC 6962 take for theirs (maximum merge delay): room
 * for an outage, a slow aggregate and a long search.
 */
export const PROMISE_GRACE_MS = 24 * 3_600_000;
/** From this long after the deadline on, a commit no longer waits for a round's end: a run may be on hold for days. */
export const SEAL_DUE_MS = PROMISE_GRACE_MS / 2;
/** A commit that comes so late that its day is over has this long: its block is searched for at once. */
const LATE_GRACE_MS = SEAL_DUE_MS;
/** The search under way, if there is one, was fixed without the leaf; every later block takes the whole pool. */
const BLOCKS_AHEAD = 2;

/**
 * What can be promised for a commit that is in the pool after every change so far. It holds for a sealed one too.
 * Call while nobody changes the state.
 */
export function promiseTerms(state: LedgerState, commit: Payload<'update.commit'>, nowMs: number): PromiseTerms {
  return {
    height: state.head.height + BLOCKS_AHEAD,
    notAfterMs: Math.max(deadlineOf(state, commit) + PROMISE_GRACE_MS, nowMs + LATE_GRACE_MS),
  };
}

/** When the first of the waiting commits must be searched a block for, ms since the epoch; undefined where none waits. */
export function sealDueAtMs(state: LedgerState): number | undefined {
  let due: number | undefined;
  for (const { leaf } of state.pool) {
    if (leaf.kind === 'update.commit') due = Math.min(due ?? Infinity, deadlineOf(state, leaf.payload) + SEAL_DUE_MS);
  }
  return due;
}

function deadlineOf(state: LedgerState, commit: Payload<'update.commit'>): number {
  const round = state.rules.views.rounds.get(roundKey(commit));
  if (round === undefined) throw new Error('The rules accept no commit to a round that was never opened.');
  return round.opening.deadlineAtMs;
}
