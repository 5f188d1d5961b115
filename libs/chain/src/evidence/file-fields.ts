import { z } from 'zod';
import { hex32, uint } from '../leaf/payload-fields.js';

/** Building blocks of evidence files. Their bytes are checked where they are decoded, which refuses every other spelling. */
export const base64url = z.string().regex(/^[A-Za-z0-9_-]*$/).max(100_000);
/** A Merkle proof: 32-byte hashes, from the leaf up. */
export const hashes = z.array(hex32).max(64);
/** A signed note, verbatim. */
export const note = z.string().max(1 << 20);
/** A leaf and where it stands in a tree. */
export const placedLeaf = z.strictObject({ leaf: base64url, index: uint, inclusion: hashes });
export type PlacedLeaf = z.infer<typeof placedLeaf>;
