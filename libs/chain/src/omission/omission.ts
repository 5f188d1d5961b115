import { z } from 'zod';
import { fromBase64url, toBase64url } from '../bytes.js';
import { ChainError } from '../chain-error.js';
import { base64url, note } from '../evidence/file-fields.js';
import { parseFile } from '../evidence/parse-file.js';
import { decodeCanonicalJson, encodeCanonicalJson } from '../json/canonical-json.js';
import { hex32 } from '../leaf/payload-fields.js';
import { signedPromiseSchema } from '../promise/promise.js';

/** Two million leaves; beyond that a proof is better made of the tiles themselves. */
const MAX_HASHES_LENGTH = Math.ceil((2_000_000 * 32 * 4) / 3);

export const omissionSchema = z.strictObject({
  fedseal: z.literal('omission/v1'),
  chain: hex32,
  /** Leaf 0. */
  charter: base64url,
  /** operator.rotate leaves from the charter's key to the newest one that signed something here, in order. */
  rotations: z.array(base64url).max(1000),
  promise: signedPromiseSchema,
  checkpoint: note,
  /** The block.link to the block by which the promise had to be kept. */
  link: base64url,
  /** Every leaf hash of the checkpoint's tree, 32 bytes each, one after the other. */
  leafHashes: z.string().regex(/^[A-Za-z0-9_-]*$/).max(MAX_HASHES_LENGTH),
});

/** Proof that an operator promised to seal a leaf and did not (docs/CHAIN.md, "Omission"). */
export type Omission = z.infer<typeof omissionSchema>;

/** The bytes of the file: canonical JSON. @throws ChainError `omission.format` */
export function encodeOmission(omission: Omission): Uint8Array {
  return encodeCanonicalJson(parseFile('omission', omissionSchema, omission));
}

/** @throws ChainError `json.*`, `omission.format` */
export function decodeOmission(bytes: Uint8Array): Omission {
  return parseFile('omission', omissionSchema, decodeCanonicalJson(bytes));
}

/** @param hashes 32 bytes each, from leaf 0 on: what the level-0 tiles of the log hold */
export function packLeafHashes(hashes: readonly Uint8Array[]): string {
  const bytes = new Uint8Array(hashes.length * 32);
  hashes.forEach((hash, i) => bytes.set(hash, i * 32));
  return toBase64url(bytes);
}

/** @throws ChainError `omission.hashes`, `bytes.base64url` */
export function unpackLeafHashes(text: string): Uint8Array[] {
  const bytes = fromBase64url(text);
  if (bytes.length % 32 !== 0) throw new ChainError('omission.hashes', 'Each leaf hash is 32 bytes.');
  return Array.from({ length: bytes.length / 32 }, (_, i) => bytes.subarray(i * 32, i * 32 + 32));
}
