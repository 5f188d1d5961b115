import { z } from 'zod';
import { bigDecimal, hex32 } from '@fedseal/protocol/fields';
import { contribution, roundView, runView } from '@fedseal/protocol/rest';

/** Answers about the chain and about contributors; fields that this page does not show may be there too. */

export const federation = z.object({
  chain: hex32,
  name: z.string(),
  operator: z.object({ key: hex32, keyId: hex32 }),
  head: z.object({ height: z.int(), blockHash: hex32, treeSize: z.int(), treeRoot: hex32 }),
  counts: z.object({ blocks: z.int(), leaves: z.int(), waiting: z.int() }),
});
export type Federation = z.infer<typeof federation>;

export const blockSummary = z.object({
  height: z.int(), hash: hex32, previousHash: hex32, treeSize: z.int(), treeRoot: hex32, leafCount: z.int(), rounds: z.int(),
  sealStartMs: z.int(), timestampMs: z.int(), k: z.int(), m: z.int(), work: bigDecimal,
  /** Which search found it: each has an extra nonce of its own. */
  extraNonce: z.string(),
  nonce: bigDecimal, tries: bigDecimal, sealSeconds: z.number(),
});
export type BlockSummary = z.infer<typeof blockSummary>;
export const blockPage = z.object({ blocks: z.array(blockSummary), next: z.int().nullable() });

export const leafSummary = z.object({ index: z.int(), kind: z.string(), hash: hex32 });
export const block = blockSummary.extend({ raw: z.string(), leaves: z.array(leafSummary) });
export type Block = z.infer<typeof block>;

export const leafDetail = leafSummary.extend({
  block: z.int(), payload: z.unknown(), signatures: z.array(z.object({ keyId: hex32, signature: z.string() })), raw: z.string(),
});
export type LeafDetail = z.infer<typeof leafDetail>;

export const contributorView = z.object({
  keyId: hex32, key: hex32, name: z.string(), role: z.enum(['contributor', 'evaluator']), enrolLeaf: hex32, enrolledAtMs: z.int(),
  revokedAtMs: z.int().nullable(), resource: z.record(z.string(), z.unknown()).nullable(), online: z.boolean(),
});
export type ContributorView = z.infer<typeof contributorView>;
export const contributorPage = z.object({ contributors: z.array(contributorView), next: z.string().nullable() });
export const contributionPage = z.object({ contributions: z.array(contribution), next: z.string().nullable() });
export const runPage = z.object({ runs: z.array(runView), next: z.string().nullable() });
export const roundPage = z.object({ rounds: z.array(roundView), next: z.int().nullable() });
