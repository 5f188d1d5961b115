import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { contentDigestSha256, digestField } from './content-digest.js';

const hex = createHash('sha256').update('{"hello": "world"}\n').digest('hex');
/** RFC 9530, appendix B.1 gives this field for that body. */
const field = 'sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:';

describe('Content-Digest', () => {
  it('reads and writes the example of RFC 9530', () => {
    expect(contentDigestSha256(field)).toBe(hex);
    expect(digestField(hex)).toBe(field);
  });

  it('finds sha-256 among other algorithms', () => {
    expect(contentDigestSha256(`sha-512=:AAAA:, ${field}`)).toBe(hex);
    expect(contentDigestSha256('sha-512=:AAAA:')).toBeUndefined();
    expect(contentDigestSha256(undefined)).toBeUndefined();
  });

  it.each(['sha-256=abc', 'sha-256=:AAAA:', `sha-256=${'A'.repeat(44)}`, 'sha-256='])('refuses %s', (bad) => {
    expect(() => contentDigestSha256(bad)).toThrow(expect.objectContaining({ code: 'request.malformed' }));
  });
});
