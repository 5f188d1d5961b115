import { fromBase64url } from '@fedseal/chain/bytes';
import type { Ack, SealPromiseMessage } from '@fedseal/protocol/worker-messages';
import type { Artifacts } from '../coordinator/artifacts.js';
import { backOffMs, pause, type BackOff } from '../coordinator/back-off.js';
import { RefusedRequest } from '../coordinator/http.js';
import type { CrashHook } from '../crash-hook.js';
import type { FinishedUpdate, Outbox } from '../home/outbox.js';
import type { Report } from '../output/worker-events.js';
import type { RoundProgress } from './round-progress.js';

export interface DeliveryParts {
  readonly outbox: Outbox;
  readonly artifacts: Artifacts;
  readonly submit: (leaf: Uint8Array, signal: AbortSignal) => Promise<Ack>;
  readonly crash: CrashHook;
  readonly progress: RoundProgress;
  readonly report: Report;
  readonly backOff: BackOff;
  readonly random: () => number;
  /** Takes the operator's promise to seal the commit. */
  readonly keepPromise: (update: FinishedUpdate, promise: SealPromiseMessage) => Promise<void>;
}

/** Refusals that pass: the coordinator took nothing and may take the same leaf soon. */
const PASSING_CODES = /^internal$|(^|\.)(unavailable|rate-limited)$/;
const PASSING_ATTEMPTS = 8;

/**
 * Sends a finished update: the file first, then the signed commit that names it. Safe to repeat at any point. The record
 * stays in the home folder until the verdict, except when the commit is refused for good.
 */
export async function deliverUpdate(parts: DeliveryParts, update: FinishedUpdate, signal: AbortSignal): Promise<void> {
  const { outbox, crash, progress, report } = parts;
  const { run, round, attempt, examples } = update;
  const facts = {
    run, round, attempt, examples, sha256: update.update.sha256, bytes: update.update.bytes, commit: update.leafHash,
    ...(update.delivered ? { again: true } : {}),
  };
  let answer: Ack = update.delivered ? await commit(parts, update, signal) : NOT_UPLOADED;
  if (!answer.ok && answer.code === NOT_UPLOADED.code) {
    answer = await upload(parts, update, signal);
    if (answer.ok) answer = await commit(parts, update, signal);
  }
  crash.reach('after-commit');
  // A duplicate was taken before, and this side did not hear of it.
  if (answer.ok || isDuplicate(answer.code)) {
    // First: once it is marked as delivered, nobody asks for the promise again.
    if (answer.ok && answer.promise) await parts.keepPromise(update, answer.promise);
    await outbox.markDelivered(update);
    report({ event: 'update', outcome: 'delivered', code: answer.ok ? 'ok' : answer.code, message: '', ...facts });
    progress.phase(update, 'waiting');
    return;
  }
  report({ event: 'update', outcome: 'refused', code: answer.code, message: answer.message, ...facts });
  await outbox.remove(update);
}

/** What the coordinator answers to a commit whose file it does not hold. */
const NOT_UPLOADED = { ok: false, code: 'update.not-uploaded', message: '' } as const satisfies Ack;

async function commit(parts: DeliveryParts, update: FinishedUpdate, signal: AbortSignal): Promise<Ack> {
  parts.crash.reach('before-commit');
  return submitPatiently(parts, fromBase64url(update.leaf), signal);
}

/** @returns a refusal as an answer; everything that may pass is tried again inside. */
async function upload(parts: DeliveryParts, update: FinishedUpdate, signal: AbortSignal): Promise<Ack> {
  parts.progress.phase(update, 'uploading');
  const file = await parts.outbox.readFile(update);
  parts.crash.reach('before-upload');
  try {
    await parts.artifacts.upload(update.update.sha256, file, signal);
  } catch (error) {
    if (error instanceof RefusedRequest) return { ok: false, code: error.code, message: error.message };
    throw error;
  }
  parts.crash.reach('after-upload');
  return { ok: true };
}

/** Submits a leaf, and again while the coordinator says that it cannot take it at the moment. */
export async function submitPatiently(
  parts: Pick<DeliveryParts, 'submit' | 'backOff' | 'random'>,
  leaf: Uint8Array,
  signal: AbortSignal,
): Promise<Ack> {
  for (let failures = 1; ; failures++) {
    const answer = await parts.submit(leaf, signal);
    if (answer.ok || !PASSING_CODES.test(answer.code) || failures >= PASSING_ATTEMPTS) return answer;
    await pause(backOffMs(parts.backOff, failures, parts.random()), signal);
  }
}

/** Codes of a leaf that the coordinator already holds. */
export function isDuplicate(code: string): boolean {
  return code === 'duplicate' || code.endsWith('.duplicate');
}
