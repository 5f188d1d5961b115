import { Injectable } from '@nestjs/common';
import { ChainError } from '@fedseal/chain/chain-error';
import { entryBundle } from '@fedseal/chain/tiles/entry-bundle';
import { hashTile } from '@fedseal/chain/tiles/hash-tile';
import { parseTilePath, TILE_WIDTH } from '@fedseal/chain/tiles/tile-path';
import type { Tile } from '@fedseal/chain/tiles/tile-path';
import { tileWidth } from '@fedseal/chain/tiles/tree-tiles';
import { CodedError } from '../observability/coded-error.js';
import { LedgerStore } from '../storage/ports/ledger.store.js';
import { LedgerService } from './ledger.service.js';

/** The sealed tree in the pieces that C2SP tlog-tiles names. A path's bytes never change: the tree only grows. */
@Injectable()
export class TileReader {
  constructor(
    private readonly ledger: LedgerService,
    private readonly store: LedgerStore,
  ) {}

  /**
   * @param path from `tile/` on
   * @throws CodedError `tile.not-found` when it names no tile, or one that the newest block's tree has not (so wide) yet
   */
  async tile(path: string): Promise<Uint8Array> {
    const tile = namedBy(path);
    const { treeSize } = this.ledger.head();
    if (tile === undefined || tile.width > tileWidth(tile.level, tile.index, treeSize)) {
      throw new CodedError('tile.not-found', 'The newest block’s tree has no such tile; /checkpoint says how large it is.');
    }
    const { level, index, width } = tile;
    if (level !== 'entries') return hashTile(this.ledger.tree, { level, index, width });
    const leaves: Uint8Array[] = [];
    const first = index * TILE_WIDTH;
    for await (const { bytes } of this.store.streamLeaves(first, first + width)) leaves.push(bytes);
    return entryBundle(leaves);
  }
}

/** Whoever asks for what cannot be a tile is told the same as whoever asks too early. */
function namedBy(path: string): Tile | undefined {
  try {
    return parseTilePath(path);
  } catch (error) {
    if (error instanceof ChainError) return undefined;
    throw error;
  }
}
