import { TILE_WIDTH } from './tile-path.js';
import type { Tile } from './tile-path.js';

/**
 * Every tile of a tree, level by level from the left; at the right edge of a level a partial one, where anything is left
 * over. Of 70,000 leaves: 273 full tiles and one of 112, one full one and one of 17, one of 1.
 * @param from a size that is already covered: only tiles that differ from that tree's
 */
export function* treeTiles(size: number, from = 0): Generator<Tile & { readonly level: number }> {
  for (let level = 0, hashes = size, done = from; hashes > 0; level++) {
    yield* rowTiles(level, hashes, done);
    hashes = Math.floor(hashes / TILE_WIDTH);
    done = Math.floor(done / TILE_WIDTH);
  }
}

/** Every bundle of leaves of a tree. @param from as in `treeTiles` */
export function* entryTiles(size: number, from = 0): Generator<Tile & { readonly level: 'entries' }> {
  yield* rowTiles('entries', size, from);
}

function* rowTiles<L extends Tile['level']>(level: L, length: number, done: number): Generator<Tile & { readonly level: L }> {
  if (length === done) return;
  for (let index = Math.floor(done / TILE_WIDTH); index * TILE_WIDTH < length; index++) {
    yield { level, index, width: Math.min(TILE_WIDTH, length - index * TILE_WIDTH) };
  }
}

/** How wide a tile is in a tree of `size` leaves; 0 where the tree has none there. */
export function tileWidth(level: Tile['level'], index: number, size: number): number {
  const length = level === 'entries' ? size : Math.floor(size / TILE_WIDTH ** level);
  return Math.max(0, Math.min(TILE_WIDTH, length - index * TILE_WIDTH));
}
