import { z } from 'zod';
import { base64url, hex32 } from './fields.js';

/**
 * Enrolment and the mutual handshake. Both sides sign both nonces, the chain's id and the server's name under
 * signature types of their own, so that no signature made here could ever be a leaf.
 */

export const HANDSHAKE_SERVER_TYPE = 'application/vnd.fedseal.handshake.server.v1+json';
export const HANDSHAKE_CLIENT_TYPE = 'application/vnd.fedseal.handshake.client.v1+json';

/** What both sides sign, as canonical JSON inside DSSE's pre-authentication encoding. */
export const handshakeTranscript = z.strictObject({
  chain: hex32,
  server: z.string(),
  keyId: hex32,
  clientNonce: hex32,
  serverNonce: hex32,
});
export type HandshakeTranscript = z.infer<typeof handshakeTranscript>;

/** What an invitation code carries: `fsinv1.` + base64url(JSON). */
export const INVITATION_PREFIX = 'fsinv1.';
export const invitation = z.strictObject({
  url: z.url(),
  chain: hex32,
  /** keyId of the operator: the worker knows whom it talks to before it says anything. */
  operator: hex32,
  /** The role it admits to: part of what the new key signs, so the worker must know it beforehand. */
  role: z.enum(['contributor', 'evaluator']),
  /** One-time secret, 32 random bytes. */
  secret: base64url.min(43).max(43),
});
export type Invitation = z.infer<typeof invitation>;

export const createInvitationRequest = z.strictObject({
  role: z.enum(['contributor', 'evaluator']).default('contributor'),
  expiresInSeconds: z.int().min(1).max(31_536_000).default(604_800),
  /** The URL workers reach this coordinator by; default: the request's own. */
  url: z.url().optional(),
});
export const createInvitationResponse = z.object({ code: z.string(), id: z.string(), expiresAtMs: z.int() });

/** POST /v1/contributors: a contributor.enrol leaf signed by the new key alone; the operator's signature is added. */
export const enrolRequest = z.strictObject({ secret: base64url, payload: base64url, signature: base64url });
export const enrolResponse = z.object({ keyId: hex32, leafHash: hex32 });

/** POST /v1/session/challenge */
export const challengeRequest = z.strictObject({ protocol: z.string(), keyId: hex32, clientNonce: hex32 });
export const challengeResponse = z.object({
  chain: hex32,
  server: z.string(),
  serverNonce: hex32,
  operatorKey: hex32,
  /** By the operator's key, over the transcript under HANDSHAKE_SERVER_TYPE. */
  signature: base64url,
});
/** POST /v1/session */
export const sessionRequest = z.strictObject({ keyId: hex32, serverNonce: hex32, signature: base64url });
export const sessionResponse = z.object({ token: z.string(), expiresAtMs: z.int() });

