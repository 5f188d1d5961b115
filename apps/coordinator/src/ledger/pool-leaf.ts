import { toHex } from '@fedseal/chain/bytes';
import { LEAF_KINDS } from '@fedseal/chain/leaf/kinds';
import type { LeafKind } from '@fedseal/chain/leaf/kinds';
import type { ReadLeaf } from '@fedseal/chain/leaf/read-leaf';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';

/** A leaf that was accepted and is not sealed yet. */
export interface PoolLeaf {
  readonly seq: bigint;
  /** 32 bytes. */
  readonly hash: Uint8Array;
  readonly bytes: Uint8Array;
  readonly leaf: ReadLeaf;
}

/** Kinds that make a block due at once. */
const URGENT: ReadonlySet<LeafKind> = new Set<LeafKind>(['round.close', 'run.end']);

export function isUrgent({ leaf }: PoolLeaf): boolean {
  return URGENT.has(leaf.kind);
}

/**
 * One submission is accepted once however it is signed again: by kind, payload and each signer, never by the leaf's
 * hash, because whoever may add a signature could then submit it twice.
 */
export function dedupeKeys({ kind, payloadBytes, signatures }: ReadLeaf): string[] {
  const payload = toHex(nodeCrypto.sha256(payloadBytes));
  return signatures.map(({ keyId }) => `${LEAF_KINDS[kind]}:${payload}:${toHex(keyId)}`);
}
