import type { WorkerProgress } from '@fedseal/protocol/worker-messages';

interface AtRound {
  readonly run: string;
  readonly round: number;
}
interface AtAttempt extends AtRound {
  readonly attempt: number;
}

/** What `--format json` prints, one object a line, each with `atMs` beside these fields. */
export type WorkerEvent =
  | {
      readonly event: 'started'; readonly version: string; readonly keyId: string; readonly name: string;
      readonly role: 'contributor' | 'evaluator'; readonly home: string; readonly url: string; readonly chain: string;
    }
  | { readonly event: 'enrolled'; readonly keyId: string; readonly name: string; readonly role: string; readonly leafHash: string | null }
  | {
      readonly event: 'backend'; readonly backend: string; readonly reason: string; readonly examples: number;
      /** Measured when the resource was registered. */
      readonly imagesPerSecond?: number;
    }
  | { readonly event: 'online'; readonly url: string; readonly server: string }
  | { readonly event: 'offline'; readonly code: string; readonly message: string; readonly retryInMs: number }
  | (WorkerProgress & { readonly event: 'round'; readonly attempt?: number })
  | (AtAttempt & {
      readonly event: 'update';
      /** `delivered`: the coordinator holds the signed commit; its verdict follows. */
      readonly outcome: 'delivered' | 'refused' | 'abandoned'; readonly code: string; readonly message: string;
      readonly sha256?: string; readonly bytes?: number; readonly examples?: number; readonly commit?: string;
      readonly again?: boolean;
    })
  | (AtAttempt & { readonly event: 'verdict'; readonly outcome: 'accepted' | 'refused' | 'silent'; readonly reason: string })
  | (AtRound & {
      readonly event: 'evaluated'; readonly model: string; readonly loss: number; readonly accuracy: number;
      readonly examples: number; readonly leafHash: string; readonly outcome: 'delivered' | 'refused'; readonly code: string;
    })
  /** The operator owes the sealing of an accepted update: by the block of this height, and by this time. */
  | (AtAttempt & { readonly event: 'promise'; readonly leafHash: string; readonly height: number; readonly notAfterMs: number })
  /** The receipt of an update is kept in `file`. */
  | (AtAttempt & {
      readonly event: 'receipt'; readonly index: number; readonly block: number; readonly status: 'sealed' | 'sealed, unlinked'; readonly file: string;
    })
  /** Something is wrong with the chain, and `file` shows it to others. */
  | { readonly event: 'evidence'; readonly kind: 'contradiction' | 'conflict' | 'omission'; readonly file: string; readonly message: string }
  /** Something unusual that needs nobody: a message of another version, a repeated invitation. */
  | { readonly event: 'notice'; readonly code: string; readonly message: string }
  | { readonly event: 'error'; readonly code: string; readonly message: string }
  | { readonly event: 'stopped'; readonly message: string };

export type Report = (event: WorkerEvent) => void;
