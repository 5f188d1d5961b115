import { fromBase64, toBase64 } from '../bytes.js';
import { ChainError } from '../chain-error.js';
import { checkKeyName } from '../note/key-name.js';

/** A tree head that a log signs (C2SP tlog-checkpoint). */
export interface Checkpoint {
  /** The log's name: `charter.origin`. */
  readonly origin: string;
  /** Leaves. */
  readonly size: number;
  /** RFC 6962 root over them, 32 bytes. */
  readonly root: Uint8Array;
}

/**
 * The note text: origin, size in decimal, root in base64, a line each; no extension lines.
 * The origin holds no space, so no checkpoint can be read as DSSE's pre-authentication encoding ("DSSEv1 …"): the operator's
 * key signs both.
 * @throws ChainError `note.key-name`, `checkpoint.size`, `checkpoint.root`
 */
export function encodeCheckpoint({ origin, size, root }: Checkpoint): string {
  checkKeyName(origin);
  if (!Number.isSafeInteger(size) || size < 0) throw new ChainError('checkpoint.size', `A tree has 0 to 2^53 − 1 leaves, not ${size}.`);
  if (root.length !== 32) throw new ChainError('checkpoint.root', `A root is 32 bytes, not ${root.length}.`);
  return `${origin}\n${size}\n${toBase64(root)}\n`;
}

/**
 * Whatever decodes encodes to the same text again.
 * @throws ChainError `checkpoint.lines` (extension lines are refused: nothing could audit them), `checkpoint.size`,
 *   `checkpoint.root`, `note.key-name`, `bytes.base64`
 */
export function decodeCheckpoint(text: string): Checkpoint {
  const [origin = '', size = '', root = '', ...rest] = text.split('\n');
  if (rest.length !== 1 || rest[0] !== '') throw new ChainError('checkpoint.lines', 'A checkpoint is three lines: origin, size, root.');
  checkKeyName(origin);
  const leaves = Number(size);
  if (!/^(0|[1-9][0-9]*)$/.test(size) || !Number.isSafeInteger(leaves)) {
    throw new ChainError('checkpoint.size', `A tree has 0 to 2^53 − 1 leaves, in decimal, not ${JSON.stringify(size)}.`);
  }
  const bytes = fromBase64(root);
  if (bytes.length !== 32) throw new ChainError('checkpoint.root', `A root is 32 bytes, not ${bytes.length}.`);
  return { origin, size: leaves, root: bytes };
}
