import { describe, expect, it } from 'vitest';
import { toHex } from '../bytes.js';
import { nobleCrypto } from '../crypto/noble-crypto.js';
import { blockHash } from '../header/block-hash.js';
import { encodeHeader } from '../header/header.js';
import type { Header } from '../header/header.js';
import { leafHash } from '../leaf/leaf-hash.js';
import { readLeaf } from '../leaf/read-leaf.js';
import { encodeLink } from '../leaf/sign-leaf.js';
import { nodeCrypto } from '../native/node-crypto.js';
import { difficultyFor, work } from '../pow/target.js';
import { refusalOf } from '../testing/refusal.testing.js';
import { mine } from '../testing/test-chain.testing.js';
import { buildSmallChain, TestFederation } from '../testing/test-federation.testing.js';
import { rootOf } from '../tree/root-of.js';
import { verifyChain } from './verify-chain.js';

const chain = buildSmallChain({ rounds: 3 });
const TIP = chain.headers.length - 1;
const header = (height: number) => chain.decodedHeaders[height] as Header;
const firstLeaf = (height: number) => (height === 0 ? 0 : header(height - 1).treeSize);

/** The chain with one header changed and mined again. */
function forged(height: number, change: Partial<Header>) {
  const { bytes } = mine({ ...header(height), nonce: 0n, ...change });
  return { headers: chain.headers.with(height, bytes), leaves: chain.leaves };
}

/** The chain up to `height`, whose leaves are replaced; the header is mined over them. */
function resealed(height: number, leaves: readonly Uint8Array[]) {
  const all = [...chain.leaves.slice(0, firstLeaf(height)), ...leaves];
  const treeRoot = rootOf(nodeCrypto, all.map((leaf) => leafHash(nodeCrypto, leaf)));
  const rounds = leaves.filter((leaf) => readLeaf(leaf).kind === 'round.close').length;
  const { bytes } = mine({ ...header(height), nonce: 0n, treeSize: all.length, treeRoot, rounds });
  return { headers: [...chain.headers.slice(0, height), bytes], leaves: all };
}

const blockLeaves = (height: number) => chain.leaves.slice(firstLeaf(height), header(height).treeSize);

describe('verifyChain', () => {
  it('accepts a whole chain and reports what it holds', async () => {
    const report = await verifyChain(chain, nodeCrypto);
    expect(report).toMatchObject({
      chainId: chain.chainId, name: 'Test federation', blocks: 7, leaves: chain.leaves.length, rounds: 3, runs: 1, contributors: 4,
      head: chain.head(), timestampMs: header(TIP).timestampMs,
      work: String(chain.decodedHeaders.reduce((sum, { k, m }) => sum + work(k, m), 0n)),
    });
    expect(report.views.runs.get('digits')?.end?.outcome).toBe('completed');
  });

  it('gives the same answer with both implementations of the primitives', async () => {
    const [native, portable] = [await verifyChain(chain, nodeCrypto), await verifyChain(chain, nobleCrypto)];
    expect([portable.head, portable.work]).toEqual([native.head, native.work]);
  });

  it('reads streams, and tells of each leaf and header in order', async () => {
    async function* stream(parts: readonly Uint8Array[]) {
      for (const part of parts) yield Uint8Array.from(part);
    }
    const told: string[] = [];
    await verifyChain({ headers: stream(chain.headers), leaves: stream(chain.leaves) }, nodeCrypto, {
      onLeaf: (leaf, { index, block, hash, bytes }) => {
        expect(toHex(hash)).toBe(toHex(leafHash(nodeCrypto, bytes)));
        told.push(`leaf ${index} in ${block}: ${leaf.kind}`);
      },
      onHeader: async ({ height }, { hash }) => {
        expect(hash).toEqual(blockHash(nodeCrypto, chain.headers[height] as Uint8Array));
        told.push(`header ${height}`);
      },
    });
    expect(told.slice(0, 4)).toEqual(['leaf 0 in 0: charter', 'header 0', 'leaf 1 in 1: block.link', 'leaf 2 in 1: contributor.enrol']);
    expect(told).toHaveLength(chain.leaves.length + chain.headers.length);
    expect(told.at(-1)).toBe(`header ${TIP}`);
  });

  it('closes the source of leaves when it refuses', async () => {
    let closed = false;
    function* leaves() {
      try {
        yield* chain.leaves;
      } finally {
        closed = true;
      }
    }
    await refusalOf(verifyChain({ headers: forged(3, { rounds: 9 }).headers, leaves: leaves() }, nodeCrypto));
    expect(closed).toBe(true);
  });

  it('passes on what a source throws', async () => {
    const broken = { headers: chain.headers, leaves: { [Symbol.iterator]: () => ({ next: () => { throw new Error('disk'); } }) } };
    await expect(verifyChain(broken, nodeCrypto)).rejects.toThrow('disk');
  });
});

describe('headers', () => {
  const flipped = Uint8Array.from(header(3).treeRoot, (byte, i) => (i === 31 ? byte ^ 1 : byte));

  it.each<[string, number, Partial<Header>]>([
    ['header.height', 3, { height: 4 }], ['header.height', 0, { height: 1 }],
    ['header.previous-hash', 3, { previousHash: flipped }], ['header.previous-hash', 0, { previousHash: flipped }],
    ['header.chain-id', 3, { chainId: flipped }], ['header.chain-id', 0, { chainId: flipped }], ['header.chain-id', 3, { chainId: new Uint8Array(32) }],
    ['header.seal-start', 3, { sealStartMs: header(2).timestampMs - 1 }], ['header.timestamp', 3, { timestampMs: header(3).sealStartMs - 1 }],
    ['header.tree-size', 3, { treeSize: header(2).treeSize }], ['header.tree-size', 0, { treeSize: 2 }],
    ['header.tree-root', 3, { treeRoot: flipped }], ['header.tree-root', 0, { treeRoot: flipped }], ['header.tree-root', 3, { treeSize: header(3).treeSize - 1, rounds: 0 }],
    ['header.rounds', 3, { rounds: 0 }], ['header.rounds', 3, { rounds: 2 }], ['header.rounds', 0, { rounds: 1 }],
    ['header.difficulty', 3, { k: header(3).k - 1 }], ['header.difficulty', 3, { m: header(3).m - 1 }], ['header.difficulty', 0, { k: 1 }],
  ])('are refused with %s: block %i with %o', async (rule, height, change) => {
    const error = await refusalOf(verifyChain(forged(height, change), nodeCrypto));
    expect([error.rule, error.location.block]).toEqual([rule, height]);
  });

  it('are refused when their hash does not meet the target', async () => {
    const lazy = encodeHeader({ ...header(3), nonce: header(3).nonce + 1n });
    const error = await refusalOf(verifyChain({ headers: chain.headers.with(3, lazy), leaves: chain.leaves }, nodeCrypto));
    expect([error.rule, error.location.block]).toEqual(['header.work', 3]);
  });

  it('may be found within one millisecond, whatever the clocks do', async () => {
    const even = { sealStartMs: header(TIP - 1).timestampMs, timestampMs: header(TIP - 1).timestampMs };
    await verifyChain(forged(TIP, even), nodeCrypto);
  });

  it('follow the retarget from headers alone, over the window that the charter names', async () => {
    const federation = new TestFederation({ proofOfWork: { window: 3, floor: '1000', start: difficultyFor(1500n) } });
    const cohort = ['alice', 'bob'].map((name) => federation.enrol(name));
    federation.createRun();
    federation.seal(1);
    // Rounds a second apart aim at 8 ms: searches that take less raise the difficulty, longer ones lower it.
    for (const searchMs of [1, 2, 1, 4, 100, 900, 900, 30, 6, 8]) {
      federation.playRound('digits', cohort);
      federation.seal(searchMs);
    }
    const expected = federation.decodedHeaders.map(({ k, m }) => Number(work(k, m)));
    expect(Math.max(...expected)).toBeGreaterThan(5000);
    expect(Math.min(...expected)).toBeLessThan(1200);
    await verifyChain(federation, nodeCrypto);
    const height = 5;
    for (const difficulty of [difficultyFor(BigInt(expected[height] as number) + 7n), federation.proofOfWork.start]) {
      const { bytes } = mine({ ...(federation.decodedHeaders[height] as Header), nonce: 0n, ...difficulty });
      const error = await refusalOf(verifyChain({ headers: federation.headers.with(height, bytes), leaves: federation.leaves }, nodeCrypto));
      expect(error).toMatchObject({ rule: 'header.difficulty', location: { block: height } });
    }
  });
});

describe('leaves', () => {
  it('must be there, and no more', async () => {
    const missing = await refusalOf(verifyChain({ headers: chain.headers, leaves: chain.leaves.slice(0, -1) }, nodeCrypto));
    expect(missing).toMatchObject({ rule: 'chain.missing-leaves', location: { block: TIP, leaf: chain.leaves.length - 1 } });
    const surplus = await refusalOf(verifyChain({ headers: chain.headers, leaves: [...chain.leaves, chain.leaves[0] as Uint8Array] }, nodeCrypto));
    expect(surplus).toMatchObject({ rule: 'chain.surplus-leaves', location: { leaf: chain.leaves.length } });
    const cut = await refusalOf(verifyChain({ headers: chain.headers.slice(0, -1), leaves: chain.leaves }, nodeCrypto));
    expect(cut.rule).toBe('chain.surplus-leaves');
    expect((await refusalOf(verifyChain({ headers: [], leaves: [] }, nodeCrypto))).rule).toBe('chain.empty');
  });

  it('begin with the link to the header below, and hold no other', async () => {
    const [link, ...rest] = blockLeaves(3) as [Uint8Array, ...Uint8Array[]];
    const at = firstLeaf(3);
    const without = await refusalOf(verifyChain(resealed(3, rest), nodeCrypto));
    expect(without).toMatchObject({ rule: 'block.link.missing', location: { block: 3, leaf: at } });
    const older = await refusalOf(verifyChain(resealed(3, [encodeLink(chain.headers[1] as Uint8Array), ...rest]), nodeCrypto));
    expect(older).toMatchObject({ rule: 'block.link.missing', location: { block: 3, leaf: at } });
    const twice = await refusalOf(verifyChain(resealed(3, [link, link, ...rest]), nodeCrypto));
    expect(twice).toMatchObject({ rule: 'block.link.place', location: { block: 3, leaf: at + 1 } });
  });

  it('keep their order', async () => {
    const height = 3;
    const [link, first, second, ...rest] = blockLeaves(height) as [Uint8Array, Uint8Array, Uint8Array, ...Uint8Array[]];
    await verifyChain(resealed(height, [link, first, second, ...rest]), nodeCrypto);
    const swapped = await refusalOf(verifyChain(resealed(height, [link, second, first, ...rest]), nodeCrypto));
    expect(swapped).toMatchObject({ rule: 'update.commit.round', location: { block: height, leaf: firstLeaf(height) + 1 } });
  });

  it('are refused by the tree when only another order or another set is sealed', async () => {
    const leaves = chain.leaves.toSpliced(2, 2, chain.leaves[3] as Uint8Array, chain.leaves[2] as Uint8Array);
    const error = await refusalOf(verifyChain({ headers: chain.headers, leaves }, nodeCrypto));
    expect(error).toMatchObject({ rule: 'header.tree-root', location: { block: 1 } });
  });
});
