import type { Request } from 'express';

/** The token of `Authorization: Bearer …` (RFC 6750), or undefined. */
export function bearerToken(request: Request): string | undefined {
  const match = /^Bearer ([A-Za-z0-9._~+/-]+=*)$/i.exec(request.headers.authorization ?? '');
  return match?.[1];
}
