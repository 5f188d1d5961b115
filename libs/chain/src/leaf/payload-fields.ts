import { z } from 'zod';

/** Building blocks of leaf payloads: the strict JSON profile has no floats, so decimals are strings. */

export const hex32 = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hex digits');
export const uint = z.int().min(0);
export const positive = z.int().min(1);
/** Counters whose value may pass 2^53 (work, tries, denominators). */
export const bigDecimal = z.string().regex(/^(0|[1-9][0-9]{0,79})$/, 'must be a decimal integer as a string');
export const decimal = z.string().max(40).regex(/^-?(0|[1-9][0-9]*)(\.[0-9]+)?$/, 'must be a decimal number as a string');
export const metrics = z.record(z.string().regex(/^[a-z][a-zA-Z0-9_.]{0,39}$/), decimal);
export const runId = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/);
/** A stable lower-case code such as `late` or `shape-mismatch`. */
export const reasonCode = z.string().regex(/^[a-z][a-z0-9-]{0,62}$/);
// Control characters would let a name rewrite a terminal or a page that prints it.
export const publicName = z.string().min(1).max(80).regex(/^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]+$/);

/** A safetensors file: `sha256` names its bytes, `tensorRoot` its content whatever the file's layout. */
export const artifact = z.strictObject({ sha256: hex32, tensorRoot: hex32, bytes: positive });
export type Artifact = z.infer<typeof artifact>;

/** A content-addressed blob that is too long for a leaf. */
export const blobRef = z.strictObject({ sha256: hex32, bytes: positive });

/** The tree head and block a contributor verified before it trained. */
export const seenHead = z.strictObject({ height: uint, blockHash: hex32, treeSize: positive, treeRoot: hex32 });
export type SeenHead = z.infer<typeof seenHead>;
