import { CodedError } from '../../observability/coded-error.js';

/**
 * The SHA-256 of a `Content-Digest` field (RFC 9530), as lower-case hex; undefined when the field is absent or names
 * other algorithms only.
 * @throws CodedError `request.malformed` when its sha-256 member is not a byte sequence of 32 bytes
 */
export function contentDigestSha256(field: string | undefined): string | undefined {
  for (const member of (field ?? '').split(',')) {
    const [, name, value] = /^\s*([a-z0-9*_.-]+)=(.*?)\s*$/.exec(member) ?? [];
    if (name !== 'sha-256') continue;
    const base64 = /^:([A-Za-z0-9+/]{43}=):$/.exec(value ?? '')?.[1];
    if (base64 === undefined) {
      throw new CodedError('request.malformed', 'Write Content-Digest as `sha-256=:<44 characters of base64>:` (RFC 9530).');
    }
    return Buffer.from(base64, 'base64').toString('hex');
  }
  return undefined;
}

/** The field for a digest given as hex. */
export function digestField(sha256: string): string {
  return `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:`;
}
