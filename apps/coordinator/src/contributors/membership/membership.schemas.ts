import { z } from 'zod';
import { annotate, contributorRevoke, nodeAdd } from '@fedseal/chain/leaf/payloads';
import { base64url, hex32 } from '@fedseal/protocol/fields';

/** What the REST interface takes about keys, nodes and remarks, and what it answers. */

export const revokeRequest = z.strictObject({ reason: contributorRevoke.shape.reason });
export const addNodeRequest = nodeAdd.omit({ chain: true });
export const annotateRequest = annotate.pick({ subject: true, text: true });
/** A whole leaf with the signatures of the keys that it is about, base64url. */
export const signedLeafRequest = z.strictObject({ leaf: base64url });
/** The leaf counts from now on; the next block seals it. */
export const acceptedLeafAnswer = z.object({ leafHash: hex32 });

export type AddNodeRequest = z.output<typeof addNodeRequest>;
export type AnnotateRequest = z.output<typeof annotateRequest>;
export type AcceptedLeafAnswer = z.output<typeof acceptedLeafAnswer>;
