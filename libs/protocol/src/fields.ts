import { z } from 'zod';

export const hex32 = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hex digits');
export const runId = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'must be lower-case letters, digits and dashes');
export const code = z.string().regex(/^[a-z][a-z0-9.-]{0,62}$/);
export const bigDecimal = z.string().regex(/^(0|[1-9][0-9]{0,79})$/);
export const artifact = z.object({ sha256: hex32, tensorRoot: hex32, bytes: z.int().min(1) });
export type Artifact = z.infer<typeof artifact>;
export const base64url = z.string().regex(/^[A-Za-z0-9_-]+$/);
/** A leaf's bytes on the wire: at most 65,535 bytes before the encoding. */
export const leafBytes = z.string().max(87_382).regex(/^[A-Za-z0-9_-]+$/);
