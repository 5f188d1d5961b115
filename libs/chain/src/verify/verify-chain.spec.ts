import { describe, expect, it } from 'vitest';
import { nobleCrypto } from '../crypto/noble-crypto.js';
import { nodeCrypto } from '../native/node-crypto.js';
import { buildSmallChain } from '../testing/test-federation.testing.js';
import { verifyChain } from './verify-chain.js';

describe('verifyChain', () => {
  const chain = buildSmallChain({ rounds: 3 });

  it('accepts a whole chain and reports what it holds', async () => {
    const report = await verifyChain(chain, nodeCrypto);
    expect(report).toMatchObject({ chainId: chain.chainId, blocks: 7, leaves: chain.leaves.length, rounds: 3, runs: 1, contributors: 4, head: chain.head() });
  });

  it('gives the same answer with both implementations of the primitives', async () => {
    const [native, portable] = await Promise.all([verifyChain(chain, nodeCrypto), verifyChain(chain, nobleCrypto)]);
    expect(portable.head).toEqual(native.head);
    expect(portable.work).toBe(native.work);
  });
});
