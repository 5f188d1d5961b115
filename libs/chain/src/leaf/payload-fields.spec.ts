import { describe, expect, it } from 'vitest';
import { testHash } from '../testing/test-chain.testing.js';
import { publicName } from './payload-fields.js';
import { annotate } from './payloads.js';

/** One code point, two UTF-16 code units, four bytes of UTF-8. */
const ASTRAL = '\u{1F3E5}';

describe('lengths of texts', () => {
  // docs/CHAIN.md says code points: another implementation must not count code units or bytes instead.
  it.each([['ASCII', 'a'], ['two bytes in UTF-8', 'é'], ['a surrogate pair in UTF-16', ASTRAL]])('count code points (%s)', (_, point) => {
    expect(publicName.safeParse(point.repeat(80)).success).toBe(true);
    expect(publicName.safeParse(point.repeat(81)).success).toBe(false);
    const note = (text: string) => annotate.safeParse({ chain: testHash('chain'), author: testHash('author'), subject: testHash('subject'), text }).success;
    expect(note(point.repeat(4000))).toBe(true);
    expect(note(point.repeat(4001))).toBe(false);
  });

  it('are one at least', () => {
    expect(publicName.safeParse('').success).toBe(false);
    expect(publicName.safeParse(ASTRAL).success).toBe(true);
  });
});
