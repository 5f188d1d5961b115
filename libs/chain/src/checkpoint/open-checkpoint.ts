import { ChainError } from '../chain-error.js';
import type { Crypto } from '../crypto/crypto.js';
import { openNote } from '../note/open-note.js';
import { decodeCheckpoint } from './checkpoint.js';
import type { Checkpoint } from './checkpoint.js';

/** Whose checkpoints are believed. */
export interface CheckpointKey {
  readonly origin: string;
  /** The operator's, 32 raw bytes. */
  readonly publicKey: Uint8Array;
}

/**
 * The tree head of a checkpoint that the operator signed.
 * @throws ChainError `checkpoint.origin` when it is another log's; and as `openNote`, `decodeCheckpoint`
 */
export function openCheckpoint(note: string, { origin, publicKey }: CheckpointKey, crypto: Crypto): Checkpoint {
  const checkpoint = decodeCheckpoint(openNote(note, { name: origin, publicKey }, crypto).text);
  if (checkpoint.origin !== origin) throw new ChainError('checkpoint.origin', `This is a checkpoint of ${checkpoint.origin}, not of ${origin}.`);
  return checkpoint;
}
