import { z } from 'zod';
import { base64url, hashes, note, placedLeaf } from '../evidence/file-fields.js';
import { decodeCanonicalJson, encodeCanonicalJson } from '../json/canonical-json.js';
import { parseFile } from '../evidence/parse-file.js';
import { hex32, uint } from '../leaf/payload-fields.js';

/** A file that the leaf names. Who has it can check that it is this one. */
const namedArtifact = z.strictObject({ role: z.string().regex(/^[a-z][a-z-]{0,39}$/), sha256: hex32 });
export type NamedArtifact = z.infer<typeof namedArtifact>;

export const receiptSchema = z.strictObject({
  fedseal: z.literal('receipt/v1'),
  chain: hex32,
  /** Leaf 0. */
  charter: base64url,
  leaf: base64url,
  index: uint,
  /** In the tree of `block`. */
  inclusion: hashes,
  block: z.strictObject({ height: uint, header: z.string().regex(/^[0-9a-f]{352}$/) }),
  /**
   * The leaves that brought the keys which this receipt leans on, ascending by index, placed in the checkpoint's tree: the enrolment
   * (or rotation) of each contributor or node that signed `leaf`, and every rotation of the operator's key.
   */
  enrolment: z.array(placedLeaf).max(1000),
  checkpoint: note,
  /** From the tree of `block` to the checkpoint's. */
  consistency: hashes,
  /** The link to `block`, placed in the checkpoint's tree; null while `block` is the tip that the checkpoint ends with. */
  link: placedLeaf.nullable(),
  artifacts: z.array(namedArtifact).max(16),
});

/** Evidence that a leaf was sealed, in one file that needs no network (docs/CHAIN.md, "Receipt"). */
export type Receipt = z.infer<typeof receiptSchema>;

/** The bytes of the file: canonical JSON. @throws ChainError `receipt.format` */
export function encodeReceipt(receipt: Receipt): Uint8Array {
  return encodeCanonicalJson(parseFile('receipt', receiptSchema, receipt));
}

/** Reads the file; `verifyReceipt` judges it. @throws ChainError `json.*`, `receipt.format` */
export function decodeReceipt(bytes: Uint8Array): Receipt {
  return parseFile('receipt', receiptSchema, decodeCanonicalJson(bytes));
}
