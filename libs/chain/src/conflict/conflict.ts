import { z } from 'zod';
import { base64url, note } from '../evidence/file-fields.js';
import { parseFile } from '../evidence/parse-file.js';
import { decodeCanonicalJson, encodeCanonicalJson } from '../json/canonical-json.js';
import { hex32, seenHead } from '../leaf/payload-fields.js';

export const conflictSchema = z.strictObject({
  fedseal: z.literal('conflict/v1'),
  chain: hex32,
  /** Leaf 0. */
  charter: base64url,
  /** operator.rotate leaves from the charter's key to the newest one that signed a checkpoint here, in order. */
  rotations: z.array(base64url).max(1000),
  /** The newest head whose whole history the worker had verified. */
  kept: seenHead,
  /** The operator's signed trees that bear on it, as far as the worker has any: kept before, or shown now. */
  checkpoints: z.array(note).max(16),
  /** The header that does not follow from the kept head, hex; null where another thing than a header contradicts. */
  header: z.string().regex(/^[0-9a-f]{352}$/).nullable(),
  /** What the worker saw, in a sentence: its word alone. */
  observed: z.string().min(1).max(2000),
});

/**
 * What a worker saw of a history that contradicts the one it verified, where the operator's second signature is lacking: less than
 * a contradiction, and what completes to one (docs/CHAIN.md, "Conflict").
 */
export type Conflict = z.infer<typeof conflictSchema>;

/** The bytes of the file: canonical JSON. @throws ChainError `conflict.format` */
export function encodeConflict(conflict: Conflict): Uint8Array {
  return encodeCanonicalJson(parseFile('conflict', conflictSchema, conflict));
}

/** @throws ChainError `json.*`, `conflict.format` */
export function decodeConflict(bytes: Uint8Array): Conflict {
  return parseFile('conflict', conflictSchema, decodeCanonicalJson(bytes));
}
