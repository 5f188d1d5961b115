import { describe, expect, it } from 'vitest';
import { leafHash } from '../leaf/leaf-hash.js';
import { nodeCrypto } from '../native/node-crypto.js';
import { MerkleTree } from '../tree/merkle-tree.js';
import { entryBundle } from './entry-bundle.js';
import { hashTile } from './hash-tile.js';
import { tilePath } from './tile-path.js';
import { TileRows } from './tile-rows.js';
import type { FilledTile } from './tile-rows.js';
import { entryTiles, treeTiles } from './tree-tiles.js';

const leafAt = (index: number): Uint8Array => new TextEncoder().encode(`leaf ${index}`.padEnd(index % 40, '.'));
const pathOf = ({ level, index, width }: FilledTile): string => tilePath(level, index, width);

describe('TileRows', () => {
  // Both sides of a full tile at levels 0 and 1, and a tree with a third level.
  const sizes = new Set([1, 2, 255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537, 66_000]);

  it('gives every tile of a tree, each once and with the bytes that the whole tree gives', () => {
    const rows = new TileRows(nodeCrypto);
    const tree = new MerkleTree(nodeCrypto);
    const full = new Map<string, Uint8Array>();
    let compared = 0;
    for (let size = 1; size <= 66_000; size++) {
      const leaf = leafAt(size - 1);
      const hash = leafHash(nodeCrypto, leaf);
      tree.append(hash);
      for (const tile of rows.append(leaf, hash)) {
        expect(full.has(pathOf(tile))).toBe(false);
        full.set(pathOf(tile), tile.bytes);
      }
      if (!sizes.has(size)) continue;
      compared++;
      const all = new Map([...full, ...rows.rest().map((tile) => [pathOf(tile), tile.bytes] as const)]);
      const expected = [...treeTiles(size), ...entryTiles(size)];
      expect([...all.keys()].sort()).toEqual(expected.map(({ level, index, width }) => tilePath(level, index, width)).sort());
      for (const tile of expected) {
        const bytes = tile.level === 'entries'
          ? entryBundle(Array.from({ length: tile.width }, (_, i) => leafAt(tile.index * 256 + i)))
          : hashTile(tree, { ...tile, level: tile.level });
        expect(Buffer.from(all.get(tilePath(tile.level, tile.index, tile.width))!).equals(bytes), tilePath(tile.level, tile.index, tile.width)).toBe(true);
      }
    }
    expect(compared).toBe(sizes.size);
  });

  it('keeps what it was given, though the caller goes on to write there', () => {
    const rows = new TileRows(nodeCrypto);
    const leaf = leafAt(7);
    const hash = leafHash(nodeCrypto, leaf);
    rows.append(leaf, hash);
    leaf.fill(0);
    hash.fill(0);
    const [entries, hashes] = rows.rest();
    expect(entries!.bytes).toEqual(entryBundle([leafAt(7)]));
    expect(hashes!.bytes).toEqual(leafHash(nodeCrypto, leafAt(7)));
  });
});
