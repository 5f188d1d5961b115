import { z } from 'zod';
import { charter } from '@fedseal/chain/leaf/payloads';
import { hex32, seenHead, uint } from '@fedseal/chain/leaf/payload-fields';

/** What the ledger's REST interface takes and answers. Tries, work and nonces are decimal strings: they may pass 2^53. */

const bigUint = z.string().regex(/^(0|[1-9][0-9]{0,79})$/);
/** A whole number in a URL: plain digits only, where coercion would also take "", "0x10" and "1e3". */
const queryUint = z
  .string()
  .regex(/^(0|[1-9][0-9]{0,14})$/, 'must be a whole number that is not negative')
  .transform(Number);
const treeSize = queryUint.pipe(z.int().min(1));
const pageLimit = queryUint.pipe(z.int().min(1).max(200)).default(50);

export const federation = z.object({
  chain: hex32,
  name: z.string(),
  operator: z.object({ key: hex32, keyId: hex32 }),
  charter,
  head: seenHead,
  counts: z.object({ blocks: uint, leaves: uint, waiting: uint }),
});

export const blockSummary = z.object({
  height: uint,
  hash: hex32,
  chainId: hex32,
  previousHash: hex32,
  treeSize: uint,
  treeRoot: hex32,
  /** Leaves of this block alone, its link included. */
  leafCount: uint,
  /** `round.close` leaves it seals. */
  rounds: uint,
  sealStartMs: uint,
  timestampMs: uint,
  k: uint,
  m: uint,
  /** Expected tries at this difficulty. */
  work: bigUint,
  extraNonce: z.string().regex(/^[0-9a-f]{32}$/),
  nonce: bigUint,
  /** Tries the search took, as the coordinator counted them; not sealed. */
  tries: bigUint,
  sealSeconds: z.number(),
});

export const leafSummary = z.object({ index: uint, kind: z.string(), hash: hex32 });

export const block = blockSummary.extend({
  /** The 176 bytes that are hashed. */
  raw: z.string().regex(/^[0-9a-f]{352}$/),
  leaves: z.array(leafSummary),
});

export const blockPage = z.object({
  blocks: z.array(blockSummary),
  /** `before` of the next page; null at genesis. */
  next: uint.nullable(),
});

export const leaf = leafSummary.extend({
  block: uint,
  /** The signed JSON; for `block.link`, the header it holds as hex. */
  payload: z.unknown(),
  signatures: z.array(z.object({ keyId: hex32, signature: z.string().regex(/^[0-9a-f]{128}$/) })),
  /** The leaf's bytes, base64. */
  raw: z.base64(),
});

export const inclusionProof = z.object({
  index: uint,
  hash: hex32,
  block: z.object({ height: uint, hash: hex32 }),
  treeSize: uint,
  treeRoot: hex32,
  /** RFC 6962 audit path, from the leaf upwards. */
  proof: z.array(hex32),
});

export const consistencyProof = z.object({ from: uint, to: uint, proof: z.array(hex32) });

export const blocksQuery = z.strictObject({ before: queryUint.optional(), limit: pageLimit });
export const heightOrHash = z.union([hex32, queryUint]);
export const leafIndex = queryUint;
export const headersQuery = z.strictObject({ from: queryUint, to: queryUint });
export const consistencyQuery = z
  .strictObject({ from: treeSize, to: treeSize })
  .refine(({ from, to }) => from <= to, { path: ['to'], message: 'must not be smaller than `from`' });

export type Federation = z.infer<typeof federation>;
export type BlockSummary = z.infer<typeof blockSummary>;
export type Block = z.infer<typeof block>;
export type BlockPage = z.infer<typeof blockPage>;
export type LeafDetail = z.infer<typeof leaf>;
export type InclusionProof = z.infer<typeof inclusionProof>;
export type ConsistencyProof = z.infer<typeof consistencyProof>;
export type BlocksQuery = z.output<typeof blocksQuery>;
export type HeadersQuery = z.output<typeof headersQuery>;
export type ConsistencyQuery = z.output<typeof consistencyQuery>;
