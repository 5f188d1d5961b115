import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex, utf8 } from '../bytes.js';
import { leafHash } from '../leaf/leaf-hash.js';
import { nodeCrypto } from '../native/node-crypto.js';
import { refusal } from '../testing/refusal.testing.js';
import { describeVectors, jsonFiles, readJson } from '../testing/vectors.testing.js';
import { CompactRange } from './compact-range.js';
import { MerkleTree } from './merkle-tree.js';
import { nodeHash } from './node-hash.js';
import { rootOf, sortedRootOf } from './root-of.js';
import { verifyConsistency } from './verify-consistency.js';
import { verifyInclusion } from './verify-inclusion.js';

const MAX = 300;
const hashes = Array.from({ length: MAX }, (_, i) => leafHash(nodeCrypto, utf8(`leaf ${i}`)));

/** MTH of RFC 6962, section 2.1, word for word. */
function mth(d: readonly Uint8Array[]): Uint8Array {
  if (d.length === 0) return nodeCrypto.sha256(new Uint8Array(0));
  if (d.length === 1) return d[0] as Uint8Array;
  const k = 2 ** (32 - Math.clz32(d.length - 1) - 1);
  return nodeHash(nodeCrypto, mth(d.slice(0, k)), mth(d.slice(k)));
}

const tree = new MerkleTree(nodeCrypto);
const range = new CompactRange(nodeCrypto);
const roots = [mth([])];
for (const hash of hashes) {
  tree.append(hash);
  range.append(hash);
  roots.push(mth(hashes.slice(0, tree.size)));
  expect(toHex(range.root())).toBe(toHex(roots.at(-1) as Uint8Array));
}
const root = (size: number) => roots[size] as Uint8Array;

describe('Merkle tree', () => {
  it("has Certificate Transparency's known roots", () => {
    const inputs = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'].map((hex) => leafHash(nodeCrypto, fromHex(hex)));
    const expected = [
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
      'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125', 'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7', '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
      '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef', 'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
      '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
    ];
    expect(expected.map((_, size) => toHex(rootOf(nodeCrypto, inputs.slice(0, size))))).toEqual(expected);
  });

  it('has the root of RFC 6962 at every size, also afterwards', () => {
    for (let size = 0; size <= MAX; size++) expect(toHex(tree.rootAt(size))).toBe(toHex(root(size)));
  });

  it('never duplicates the last hash (CVE-2012-2459)', () => {
    const three = hashes.slice(0, 3);
    expect(rootOf(nodeCrypto, three)).not.toEqual(rootOf(nodeCrypto, [...three, three[2] as Uint8Array]));
  });

  it('continues from its right edge', () => {
    const partial = new MerkleTree(nodeCrypto);
    for (const [i, hash] of hashes.entries()) {
      const edge = partial.toCompactRange();
      const copy = edge.clone();
      edge.append(hash);
      expect([edge.size, toHex(edge.root())]).toEqual([i + 1, toHex(root(i + 1))]);
      expect([copy.size, toHex(copy.root())]).toEqual([i, toHex(root(i))]);
      partial.append(hash);
    }
  });

  it('names a set whatever its order', () => {
    fc.assert(fc.property(fc.shuffledSubarray(hashes), (subset) => {
      const sorted = subset.map(toHex).sort().map(fromHex);
      expect(sortedRootOf(nodeCrypto, subset)).toEqual(rootOf(nodeCrypto, sorted));
    }));
  });

  it('refuses positions it does not have', () => {
    expect(() => tree.rootAt(MAX + 1)).toThrow(RangeError);
    expect(() => tree.inclusionProof(5, 5)).toThrow(RangeError);
    expect(() => tree.consistencyProof(6, 5)).toThrow(RangeError);
    expect(() => tree.consistencyProof(0, 5)).toThrow(RangeError);
    expect(() => tree.leafHash(MAX)).toThrow(RangeError);
    expect(() => tree.append(new Uint8Array(31))).toThrow(RangeError);
  });
});

describe('inclusion proofs', () => {
  it(`hold for every leaf of every size to ${MAX}`, () => {
    for (let size = 1; size <= MAX; size++) {
      for (let index = 0; index < size; index++) {
        const proof = tree.inclusionProof(index, size);
        verifyInclusion(nodeCrypto, { leafHash: hashes[index] as Uint8Array, index, size, proof, root: root(size) });
      }
    }
  });

  it('fail for another leaf, index, size, root or proof', () => {
    const cases = fc.integer({ min: 2, max: MAX }).chain((size) => fc.tuple(fc.constant(size), fc.nat({ max: size - 1 }), fc.nat(), fc.nat({ max: 255 })));
    fc.assert(fc.property(cases, ([size, index, pick, bit]) => {
      const proof = tree.inclusionProof(index, size);
      const claim = { leafHash: hashes[index] as Uint8Array, index, size, proof, root: root(size) };
      const changes = [
        { leafHash: flip(claim.leafHash, bit) }, { root: flip(claim.root, bit) }, { index: (index + 1 + (pick % (size - 1))) % size },
        { proof: proof.map((hash, i) => (i === pick % proof.length ? flip(hash, bit) : hash)) },
        { proof: proof.slice(0, -1) }, { proof: proof.slice(1) }, { proof: [...proof, root(1)] }, { proof: [root(1), ...proof] },
        { index: size }, { index: -1 }, { index: 0.5 }, { proof: proof.map((hash) => hash.slice(1)) }, { leafHash: new Uint8Array(31) },
      ];
      for (const change of changes) expect(refusal(() => verifyInclusion(nodeCrypto, { ...claim, ...change })).rule).toBe('tree.inclusion');
    }));
  });
});

describe('consistency proofs', () => {
  it(`hold between all sizes to ${MAX}`, () => {
    for (let to = 1; to <= MAX; to++) {
      for (let from = 1; from <= to; from++) {
        verifyConsistency(nodeCrypto, { from, fromRoot: root(from), to, toRoot: root(to), proof: tree.consistencyProof(from, to) });
      }
    }
  });

  it('fail for other sizes, roots or proofs', () => {
    const cases = fc.integer({ min: 2, max: MAX }).chain((to) => fc.tuple(fc.integer({ min: 1, max: to - 1 }), fc.constant(to), fc.nat(), fc.nat({ max: 255 })));
    fc.assert(fc.property(cases, ([from, to, pick, bit]) => {
      const proof = tree.consistencyProof(from, to);
      const claim = { from, fromRoot: root(from), to, toRoot: root(to), proof };
      const changes = [
        { fromRoot: flip(claim.fromRoot, bit) }, { toRoot: flip(claim.toRoot, bit) }, { fromRoot: claim.toRoot, toRoot: claim.fromRoot },
        { proof: proof.map((hash, i) => (i === pick % proof.length ? flip(hash, bit) : hash)) },
        { proof: proof.slice(0, -1) }, { proof: [...proof, root(1)] }, { proof: [root(1), ...proof] }, { from: to + 1 }, { from: -1 }, { from: 0 }, { from: to },
      ];
      for (const change of changes) expect(refusal(() => verifyConsistency(nodeCrypto, { ...claim, ...change })).rule).toBe('tree.consistency');
    }));
  });

  it('fail when a tree is called its own but the roots differ', () => {
    expect(refusal(() => verifyConsistency(nodeCrypto, { from: 4, fromRoot: root(3), to: 4, toRoot: root(4), proof: [] })).rule).toBe('tree.consistency');
    expect(refusal(() => verifyConsistency(nodeCrypto, { from: 0, fromRoot: root(0), to: 4, toRoot: root(4), proof: [] })).rule).toBe('tree.consistency');
    expect(refusal(() => verifyConsistency(nodeCrypto, { from: 4, fromRoot: root(4), to: 4, toRoot: root(4), proof: [root(1)] })).rule).toBe('tree.consistency');
  });
});

function flip(hash: Uint8Array, bit: number): Uint8Array {
  const changed = Uint8Array.from(hash);
  changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
  return changed;
}

interface ProofVector { leafIdx: number; treeSize: number; root: string; leafHash: string; proof: string[] | null; desc: string; wantErr: boolean }
interface ConsistencyVector { size1: number; size2: number; root1: string; root2: string; proof: string[] | null; desc: string; wantErr: boolean }
const base64 = (text: string) => new Uint8Array(Buffer.from(text, 'base64'));

describeVectors('RFC 6962 inclusion vectors', 'rfc6962/testdata/inclusion', (folder) => {
  const files = jsonFiles(folder);
  it('has the cases it should', () => expect(files.length).toBeGreaterThan(50));
  it.each(files.map((file) => [file.slice(folder.length + 1), file]))('%s', (_, file) => {
    const vector = readJson<ProofVector>(file);
    const check = () => verifyInclusion(nodeCrypto, {
      leafHash: base64(vector.leafHash), index: vector.leafIdx, size: vector.treeSize, proof: (vector.proof ?? []).map(base64), root: base64(vector.root),
    });
    if (vector.wantErr) expect(refusal(check).rule).toBe('tree.inclusion');
    else check();
  });
});

describeVectors('RFC 6962 consistency vectors', 'rfc6962/testdata/consistency', (folder) => {
  const files = jsonFiles(folder);
  it('has the cases it should', () => expect(files.length).toBeGreaterThan(50));
  it.each(files.map((file) => [file.slice(folder.length + 1), file]))('%s', (_, file) => {
    const vector = readJson<ConsistencyVector>(file);
    const check = () => verifyConsistency(nodeCrypto, {
      from: vector.size1, fromRoot: base64(vector.root1), to: vector.size2, toRoot: base64(vector.root2), proof: (vector.proof ?? []).map(base64),
    });
    if (vector.wantErr) expect(refusal(check).rule).toBe('tree.consistency');
    else check();
  });
});
