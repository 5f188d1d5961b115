import type { EvaluateRequest, RoundCancel, RoundInvite, UpdateVerdictNotice, WorkerProgress, Ack } from '@fedseal/protocol/worker-messages';
import type { JsonLeafKind } from '@fedseal/chain/leaf/payloads';

export interface OnlineWorker {
  readonly keyId: string;
  readonly name: string;
  readonly role: 'contributor' | 'evaluator';
}

/** A leaf that arrived over an authenticated socket; `contributor` is the session's key, not what the leaf claims. */
export interface SubmittedLeaf {
  readonly kind: JsonLeafKind;
  readonly bytes: Uint8Array;
  readonly contributor: string;
}

/**
 * The connected workers, as rounds see them: who is online, a way to push, and hooks for what comes in.
 * Pushes are acknowledged; one that is not acknowledged in time resolves to false and is repeated when the worker
 * comes back (whoever listens to `onOnline` re-sends what is still open).
 */
export abstract class WorkerChannel {
  abstract online(role: 'contributor' | 'evaluator'): OnlineWorker[];
  abstract isOnline(keyId: string): boolean;
  abstract invite(keyId: string, invite: RoundInvite): Promise<boolean>;
  abstract requestEvaluation(keyId: string, request: EvaluateRequest): Promise<boolean>;
  abstract cancel(keyId: string, cancel: RoundCancel): void;
  abstract notifyVerdict(keyId: string, verdict: UpdateVerdictNotice): void;
  /** Called each time a worker's session begins, after its resources are known. */
  abstract onOnline(listener: (worker: OnlineWorker) => void): void;
  abstract onProgress(listener: (worker: OnlineWorker, progress: WorkerProgress) => void): void;
  /** One handler per leaf kind; registered at module init. A kind without a handler is refused with a code. */
  abstract onLeaf(kind: JsonLeafKind, handler: (leaf: SubmittedLeaf) => Promise<Ack>): void;
}
