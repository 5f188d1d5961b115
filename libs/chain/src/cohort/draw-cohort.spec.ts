import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../bytes.js';
import { nobleCrypto } from '../crypto/noble-crypto.js';
import { nodeCrypto } from '../native/node-crypto.js';
import { testHash } from '../testing/test-chain.testing.js';
import { cohortRoot, cohortSeed, drawCohort } from './draw-cohort.js';

const keyIds = Array.from({ length: 40 }, (_, i) => testHash(`key ${i}`));
const parts = { blockHash: fromHex(testHash('block')), runLeafHash: fromHex(testHash('run')), round: 258 };
const seed = cohortSeed(nodeCrypto, parts);

describe('cohort', () => {
  it('has a seed over the domain, the block, the run and the round', () => {
    const expected = createHash('sha256').update('fedseal/cohort/v1\0').update(parts.blockHash).update(parts.runLeafHash).update(Buffer.from('0000000000000102', 'hex'));
    expect(toHex(seed)).toBe(expected.digest('hex'));
    expect(cohortSeed(nobleCrypto, parts)).toEqual(seed);
    for (const other of [{ round: 259 }, { blockHash: parts.runLeafHash }, { runLeafHash: parts.blockHash }]) {
      expect(cohortSeed(nodeCrypto, { ...parts, ...other })).not.toEqual(seed);
    }
    expect(() => cohortSeed(nodeCrypto, { ...parts, blockHash: new Uint8Array(31) })).toThrow(RangeError);
  });

  it('ranks by the hash of seed and keyId', () => {
    const rank = (keyId: string) => createHash('sha256').update('fedseal/rank/v1\0').update(seed).update(Buffer.from(keyId, 'hex')).digest('hex');
    const expected = keyIds.toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1));
    expect(drawCohort(nodeCrypto, { seed, candidates: keyIds, size: 40 })).toEqual(expected);
    expect(expected).not.toEqual(keyIds);
  });

  it('draws the same whatever the order of candidates, and more only adds', () => {
    fc.assert(fc.property(fc.shuffledSubarray(keyIds, { minLength: 3 }), fc.nat({ max: 45 }), (candidates, size) => {
      const drawn = drawCohort(nodeCrypto, { seed, candidates, size });
      expect(drawn).toEqual(drawCohort(nobleCrypto, { seed, candidates: candidates.toReversed(), size }));
      expect(drawn.length).toBe(Math.min(size, candidates.length));
      expect(drawCohort(nodeCrypto, { seed, candidates, size: size + 1 }).slice(0, size)).toEqual(drawn);
    }));
  });

  it('favours nobody: over many rounds each of ten is drawn about three times in ten', () => {
    const candidates = keyIds.slice(0, 10);
    const drawn = new Map(candidates.map((keyId) => [keyId, 0]));
    for (let round = 1; round <= 2000; round++) {
      const cohort = drawCohort(nodeCrypto, { seed: cohortSeed(nodeCrypto, { ...parts, round }), candidates, size: 3 });
      for (const keyId of cohort) drawn.set(keyId, (drawn.get(keyId) as number) + 1);
    }
    // 600 expected, standard deviation about 20; the draw is a fixed function, so this cannot come out differently.
    for (const count of drawn.values()) expect(Math.abs(count - 600)).toBeLessThan(80);
  });

  it('refuses a candidate listed twice', () => {
    expect(() => drawCohort(nodeCrypto, { seed, candidates: [testHash('a'), testHash('a')], size: 1 })).toThrow(RangeError);
  });

  it('has a root that depends on the order', () => {
    expect(toHex(cohortRoot(nodeCrypto, [testHash('a')]))).toBe(
      createHash('sha256').update(Buffer.from(`00${testHash('a')}`, 'hex')).digest('hex'),
    );
    expect(cohortRoot(nodeCrypto, keyIds)).not.toEqual(cohortRoot(nodeCrypto, keyIds.toReversed()));
  });
});
