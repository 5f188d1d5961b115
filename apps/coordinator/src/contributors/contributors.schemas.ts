import { z } from 'zod';
import { hex32 } from '@fedseal/protocol/fields';
import { contribution } from '@fedseal/protocol/rest';

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
  /** When the key was revoked or replaced by a next one; null while it is in force. */
  revokedAtMs: z.int().nullable(),
  /** The last resource.register, if any. */
  resource: z.record(z.string(), z.unknown()).nullable(),
  online: z.boolean(),
});
export type ContributorView = z.infer<typeof contributorView>;

/** `next` is the `after` of the next page; null on the last. */
export const contributorPage = z.object({ contributors: z.array(contributorView), next: z.string().nullable() });
export const contributionPage = z.object({ contributions: z.array(contribution), next: z.string().nullable() });
