import type { ChainLocation } from '@fedseal/chain/chain-error';

/** Messages between the page and the thread that verifies, and what comes of it. */

export type Task =
  | { readonly what: 'server' }
  | { readonly what: 'file'; readonly name: string; readonly bytes: Uint8Array };

export interface Progress {
  readonly leaves: number;
  /** Leaves in all; 0 while unknown. */
  readonly all: number;
  readonly blocks: number;
  readonly seconds: number;
}

/** What a chain holds once every rule was checked; all of it computed here. */
export interface ChainFacts {
  readonly chainId: string;
  readonly name: string;
  readonly head: { readonly height: number; readonly blockHash: string; readonly treeSize: number; readonly treeRoot: string };
  readonly blocks: number;
  readonly leaves: number;
  readonly rounds: number;
  readonly contributors: number;
  readonly work: string;
  /** keyId of the operator, hex. */
  readonly operator: string;
}

export interface ReceiptFacts {
  readonly chainId: string;
  readonly name: string;
  readonly leaf: { readonly index: number; readonly kind: string; readonly hash: string };
  readonly signers: readonly { readonly keyId: string; readonly role: string; readonly name: string | undefined }[];
  readonly block: { readonly height: number; readonly hash: string };
  readonly status: string;
  readonly limits: readonly string[];
  /** Whether this page's server says it is of the same chain; undefined where it could not be asked. */
  readonly isOfThisServer: boolean | undefined;
}

export interface Naming {
  readonly run: string;
  /** 0: an initial model. */
  readonly round: number;
  readonly leaf: number;
  readonly block: number;
}

export type Verdict = { readonly seconds: number } & (
  | { readonly result: 'chain'; readonly source: 'server' | 'file'; readonly facts: ChainFacts }
  | { readonly result: 'receipt'; readonly facts: ReceiptFacts }
  | { readonly result: 'model'; readonly sha256: string; readonly namings: readonly Naming[]; readonly facts: ChainFacts }
  | { readonly result: 'refused'; readonly rule: string; readonly message: string; readonly location: ChainLocation }
  | { readonly result: 'unreached'; readonly message: string }
);

export type Report = { readonly type: 'progress'; readonly progress: Progress } | { readonly type: 'verdict'; readonly verdict: Verdict };
