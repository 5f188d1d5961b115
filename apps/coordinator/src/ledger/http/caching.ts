/** Sealed content never changes; whoever sits between may keep it for good. Refusals are marked `no-store` instead. */
export const IMMUTABLE = 'public, max-age=31536000, immutable';
/** May be kept, and must be asked about before each use (Express answers with an ETag). */
export const REVALIDATE = 'public, no-cache';
