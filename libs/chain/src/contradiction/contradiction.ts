import { z } from 'zod';
import { base64url, hashes, note, placedLeaf } from '../evidence/file-fields.js';
import { decodeCanonicalJson, encodeCanonicalJson } from '../json/canonical-json.js';
import { parseFile } from '../evidence/parse-file.js';
import { hex32 } from '../leaf/payload-fields.js';

/** How the later checkpoint shows another root for the size of the earlier one. */
const evidence = z.discriminatedUnion('kind', [
  /** It has the same size and another root. */
  z.strictObject({ kind: z.literal('size') }),
  /** Its tree holds, at the index that is that size, the link to a header that states another root for it. */
  z.strictObject({ kind: z.literal('link'), link: placedLeaf }),
  /** Its tree begins with another tree of that size, whose root is this one. */
  z.strictObject({ kind: z.literal('prefix'), root: hex32, consistency: hashes }),
]);

export const contradictionSchema = z.strictObject({
  fedseal: z.literal('contradiction/v1'),
  chain: hex32,
  /** Leaf 0, as it was when the earlier checkpoint was kept. */
  charter: base64url,
  /** operator.rotate leaves from the charter's key to the newest one that signed a checkpoint here, in order. */
  rotations: z.array(base64url).max(1000),
  earlier: note,
  later: note,
  evidence,
});

/** Proof that an operator signed two histories that exclude each other (docs/CHAIN.md, "Contradiction"). */
export type Contradiction = z.infer<typeof contradictionSchema>;

/** The bytes of the file: canonical JSON. @throws ChainError `contradiction.format` */
export function encodeContradiction(contradiction: Contradiction): Uint8Array {
  return encodeCanonicalJson(parseFile('contradiction', contradictionSchema, contradiction));
}

/** @throws ChainError `json.*`, `contradiction.format` */
export function decodeContradiction(bytes: Uint8Array): Contradiction {
  return parseFile('contradiction', contradictionSchema, decodeCanonicalJson(bytes));
}
