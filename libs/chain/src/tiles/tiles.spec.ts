import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes, fromBase64, fromHex, toHex, utf8 } from '../bytes.js';
import { signCheckpoint } from '../checkpoint/sign-checkpoint.js';
import { leafHash } from '../leaf/leaf-hash.js';
import { nodeCrypto } from '../native/node-crypto.js';
import { refusal } from '../testing/refusal.testing.js';
import { testSigner } from '../testing/test-chain.testing.js';
import { MerkleTree } from '../tree/merkle-tree.js';
import { nodeHash } from '../tree/node-hash.js';
import { rootOf } from '../tree/root-of.js';
import { decodeEntryBundle, entryBundle } from './entry-bundle.js';
import { decodeHashTile, hashTile } from './hash-tile.js';
import { parseTilePath, tilePath } from './tile-path.js';
import { decodeTlogProof, encodeTlogProof, verifyTlogProof } from './tlog-proof.js';
import { entryTiles, tileWidth, treeTiles } from './tree-tiles.js';

describe('tile paths', () => {
  it.each([
    [0, 0, 256, 'tile/0/000'], [0, 999, 256, 'tile/0/999'], [0, 1000, 256, 'tile/0/x001/000'], [1, 1234067, 256, 'tile/1/x001/x234/067'],
    [63, 5, 1, 'tile/63/005.p/1'], [0, 273, 112, 'tile/0/273.p/112'], ['entries', 1234067, 255, 'tile/entries/x001/x234/067.p/255'],
    [0, Number.MAX_SAFE_INTEGER, 256, 'tile/0/x009/x007/x199/x254/x740/991'],
  ] as const)('of level %s, index %i, width %i: %s', (level, index, width, path) => {
    expect(tilePath(level, index, width)).toBe(path);
    expect(parseTilePath(path)).toEqual({ level, index, width });
  });

  it.each([
    'tile/0/0', 'tile/0/00', 'tile/0/0000', 'tile/0/x000/001', 'tile/0/001/x000', 'tile/0/1000', 'tile/00/000', 'tile/64/000', 'tile/-1/000', 'tile/0/000.p/0',
    'tile/0/000.p/256', 'tile/0/000.p/01', 'tile/0/000.p/', 'tile/0/000/', '/tile/0/000', 'tile/0/000.p/1\n', 'tile/entry/000', 'tile/0/x009/x007/x199/x254/x740/992',
    'tile/0/x001/x001/x001/x001/x001/x001/001', 'tile/0/٠٠٠', '',
  ])('%s is none', (path) => {
    expect(refusal(() => parseTilePath(path)).rule).toBe('tile.path');
  });

  it('are one to one', () => {
    fc.assert(fc.property(fc.oneof(fc.nat({ max: 63 }), fc.constant('entries' as const)), fc.maxSafeNat(), fc.integer({ min: 1, max: 256 }), (level, index, width) => {
      expect(parseTilePath(tilePath(level, index, width))).toEqual({ level, index, width });
    }));
    for (const [level, index, width] of [[64, 0, 1], [0.5, 0, 1], [0, -1, 1], [0, 2 ** 53, 1], [0, 0, 0], [0, 0, 257]] as const) {
      expect(refusal(() => tilePath(level, index, width)).rule).toBe('tile.path');
    }
  });
});

describe('the tiles of a tree', () => {
  it('are those of the worked examples', () => {
    const tiles = [...treeTiles(70_000)];
    const widths = (level: number) => tiles.filter((tile) => tile.level === level).map(({ width }) => width);
    expect(widths(0)).toEqual([...Array.from({ length: 273 }, () => 256), 112]);
    expect(widths(1)).toEqual([256, 17]);
    expect(widths(2)).toEqual([1]);
    expect([...treeTiles(256)]).toEqual([{ level: 0, index: 0, width: 256 }, { level: 1, index: 0, width: 1 }]);
    expect([...treeTiles(0)]).toEqual([]);
    expect([...entryTiles(300)]).toEqual([{ level: 'entries', index: 0, width: 256 }, { level: 'entries', index: 1, width: 44 }]);
  });

  it('say how wide they are at any size', () => {
    for (const size of [1, 255, 256, 257, 65_536, 70_000]) {
      for (const { level, index, width } of treeTiles(size)) expect(tileWidth(level, index, size)).toBe(width);
    }
    expect([tileWidth(0, 1, 256), tileWidth(1, 0, 255), tileWidth('entries', 2, 300), tileWidth('entries', 1, 300)]).toEqual([0, 0, 0, 44]);
  });

  it('are only those that changed, when an earlier tree is covered', () => {
    fc.assert(fc.property(fc.nat({ max: 200_000 }), fc.nat({ max: 70_000 }), (from, more) => {
      const key = ({ level, index, width }: { level: number; index: number; width: number }) => `${level}/${index}/${width}`;
      const old = new Set([...treeTiles(from)].map(key));
      expect([...treeTiles(from + more, from)].map(key)).toEqual([...treeTiles(from + more)].map(key).filter((tile) => !old.has(tile)));
    }), { numRuns: 50 });
  });

  const entries = Array.from({ length: 66_000 }, (_, i) => utf8(`leaf ${i}`));
  const hashes = entries.map((entry) => leafHash(nodeCrypto, entry));
  const tree = new MerkleTree(nodeCrypto);
  for (const hash of hashes) tree.append(hash);

  it('hold the hashes of the tree, level by level', () => {
    for (const tile of treeTiles(tree.size)) {
      const bytes = hashTile(tree, tile);
      expect(bytes.length).toBe(32 * tile.width);
      const span = 256 ** tile.level;
      for (const [i, hash] of decodeHashTile(bytes, tile.width).entries()) {
        if (i % 97 !== 0) continue;
        const start = (tile.index * 256 + i) * span;
        expect(toHex(hash)).toBe(toHex(rootOf(nodeCrypto, hashes.slice(start, start + span))));
      }
    }
    // A full tile is a subtree of height 8, hashed into one hash of the level above.
    const [first] = decodeHashTile(hashTile(tree, { level: 1, index: 0, width: 1 }), 1);
    expect(first).toEqual(rootOf(nodeCrypto, decodeHashTile(hashTile(tree, { level: 0, index: 0, width: 256 }), 256)));
    expect(first).not.toEqual(nodeHash(nodeCrypto, hashes[0]!, hashes[1]!));
    expect(() => hashTile(tree, { level: 2, index: 1, width: 1 })).toThrow(RangeError);
    expect(() => hashTile(tree, { level: 3, index: 0, width: 1 })).toThrow(RangeError);
  });

  it('are refused at another length', () => {
    expect(refusal(() => decodeHashTile(new Uint8Array(63), 2)).rule).toBe('tile.length');
    expect(refusal(() => decodeHashTile(new Uint8Array(96), 2)).rule).toBe('tile.length');
  });
});

describe('entry bundles', () => {
  it('are u16 lengths and bytes', () => {
    const bundle = entryBundle([fromHex('aabb'), new Uint8Array(0), new Uint8Array(258).fill(7)]);
    expect(toHex(bundle.slice(0, 9))).toBe('0002aabb0000010207');
    expect(bundle.length).toBe(2 + 2 + 2 + 2 + 258);
  });

  it('round-trip, and fail one byte or one entry away', () => {
    fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 256 }), (leaves) => {
      const bundle = entryBundle(leaves);
      expect(decodeEntryBundle(bundle, leaves.length)).toEqual(leaves);
      const wrong = [
        () => decodeEntryBundle(bundle.slice(0, -1), leaves.length), () => decodeEntryBundle(concatBytes(bundle, Uint8Array.of(0)), leaves.length),
        () => decodeEntryBundle(bundle, leaves.length + 1), () => decodeEntryBundle(bundle, leaves.length - 1),
      ];
      for (const decode of wrong) expect(refusal(decode).rule).toBe('tile.entries');
    }));
  });

  it('hold 1 to 256 leaves of up to 65,535 bytes', () => {
    expect(decodeEntryBundle(entryBundle([new Uint8Array(65_535)]), 1)[0]).toHaveLength(65_535);
    expect(refusal(() => entryBundle([new Uint8Array(65_536)])).rule).toBe('tile.entries');
    expect(refusal(() => entryBundle([])).rule).toBe('tile.entries');
    expect(refusal(() => entryBundle(Array.from({ length: 257 }, () => new Uint8Array(1)))).rule).toBe('tile.entries');
  });
});

describe('tlog proofs', () => {
  const operator = testSigner('operator');
  const key = { origin: 'fedseal.test/federation', publicKey: operator.publicKey };
  const tree = new MerkleTree(nodeCrypto);
  for (let i = 0; i < 21; i++) tree.append(leafHash(nodeCrypto, Uint8Array.of(i)));
  const checkpoint = signCheckpoint({ origin: key.origin, size: 21, root: tree.root() }, operator);
  const proof = { index: 13, inclusion: tree.inclusionProof(13, 21), checkpoint };

  it('have the lines of C2SP tlog-proof', () => {
    const text = encodeTlogProof({ ...proof, extra: utf8('x') });
    const lines = text.split('\n');
    expect(lines.slice(0, 3)).toEqual(['c2sp.org/tlog-proof@v1', 'extra eA==', 'index 13']);
    expect(lines.slice(3, 8).map((line) => toHex(fromBase64(line)))).toEqual(proof.inclusion.map(toHex));
    expect(lines[8]).toBe('');
    expect(text.endsWith(`\n\n${checkpoint}`)).toBe(true);
    expect(decodeTlogProof(text)).toEqual({ ...proof, extra: utf8('x') });
    expect(decodeTlogProof(encodeTlogProof(proof))).toEqual(proof);
  });

  it('show a leaf in a signed tree', () => {
    expect(verifyTlogProof(decodeTlogProof(encodeTlogProof(proof)), leafHash(nodeCrypto, Uint8Array.of(13)), key, nodeCrypto)).toMatchObject({ size: 21 });
    expect(refusal(() => verifyTlogProof({ ...proof, index: 12 }, leafHash(nodeCrypto, Uint8Array.of(13)), key, nodeCrypto)).rule).toBe('tree.inclusion');
    const alone = new MerkleTree(nodeCrypto);
    alone.append(tree.leafHash(0));
    const single = { index: 0, inclusion: [], checkpoint: signCheckpoint({ origin: key.origin, size: 1, root: alone.root() }, operator) };
    expect(verifyTlogProof(decodeTlogProof(encodeTlogProof(single)), alone.leafHash(0), key, nodeCrypto).size).toBe(1);
  });

  it('have one spelling', () => {
    const text = encodeTlogProof({ ...proof, extra: utf8('x') });
    for (const [from, to, rule] of [
      ['c2sp.org/tlog-proof@v1', 'c2sp.org/tlog-proof@v2', 'tlog-proof.lines'], ['index 13', 'index 013', 'tlog-proof.index'],
      ['index 13\n', '', 'tlog-proof.index'], ['index 13', 'index 9007199254740992', 'tlog-proof.index'], ['eA==', 'eB==', 'bytes.base64'],
      ['index 13', 'index 13\nAA==', 'tlog-proof.hash'], ['\n\n', '\n', 'bytes.base64'], ['index 13', `index 13${'\nAAAA'.repeat(65)}`, 'tlog-proof.hash'],
    ] as const) expect(refusal(() => decodeTlogProof(text.replace(from, to))).rule, `${from} → ${to}`).toBe(rule);
    expect(refusal(() => decodeTlogProof(text.slice(0, -1))).rule).toBe('note.text');
  });
});
