import { z } from 'zod';
import { artifact, hex32 } from '@fedseal/protocol/fields';

/** What the REST interface says about contributors and their parts in rounds. */

export const contributorView = z.object({
  keyId: hex32,
  /** Raw Ed25519 public key, hex. */
  key: hex32,
  name: z.string(),
  role: z.enum(['contributor', 'evaluator']),
  /** Leaf hash of contributor.enrol. */
  enrolLeaf: hex32,
  enrolledAtMs: z.int(),
  revokedAtMs: z.int().nullable(),
  /** The last resource.register, if any. */
  resource: z.record(z.string(), z.unknown()).nullable(),
  online: z.boolean(),
});
export type ContributorView = z.infer<typeof contributorView>;

export const contributorPage = z.object({
  items: z.array(contributorView),
  /** `after` of the next page; null on the last. */
  next: z.string().nullable(),
});

export const contributionView = z.object({
  run: z.string(),
  round: z.int(),
  attempt: z.int(),
  outcome: z.enum(['pending', 'accepted', 'refused', 'silent']),
  reason: z.string().nullable(),
  examples: z.int(),
  metrics: z.record(z.string(), z.string()),
  /** Leaf hashes of update.commit and update.verdict. */
  commit: hex32.nullable(),
  verdictLeaf: hex32.nullable(),
  update: artifact.nullable(),
  /** In the round's aggregate; null while it is open, and when the update is not part of it. */
  weight: z.number().nullable(),
});

export const contributionPage = z.object({ items: z.array(contributionView), next: z.string().nullable() });
