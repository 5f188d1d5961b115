import { equalBytes } from '@fedseal/chain/bytes';
import { ChainError } from '@fedseal/chain/chain-error';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import { tilePath } from '@fedseal/chain/tiles/tile-path';
import type { Tile } from '@fedseal/chain/tiles/tile-path';
import { TileRows } from '@fedseal/chain/tiles/tile-rows';
import type { FilledTile } from '@fedseal/chain/tiles/tile-rows';

/** @returns undefined for a tile that is not there @param most bytes that it may have */
export type ReadTile = (path: string, most: number) => Promise<Uint8Array | undefined>;

/** Cuts the leaves of a chain into tiles again and compares each with the one that was handed out. */
export class TileChecker {
  private readonly rows = new TileRows(nodeCrypto);
  /** Paths of the tiles that belong there. */
  readonly expected = new Set<string>();

  /** @param of the tiles to compare; the leaves of a server come from its bundles already */
  constructor(
    private readonly read: ReadTile,
    private readonly of: (level: Tile['level']) => boolean = () => true,
  ) {}

  /** @throws ChainError `tile.missing`, `tile.bytes` */
  async append(leaf: Uint8Array, hash: Uint8Array): Promise<void> {
    for (const tile of this.rows.append(leaf, hash)) await this.compare(tile);
  }

  /** Compares the partial ones at the tree's right edge. */
  async finish(): Promise<void> {
    for (const tile of this.rows.rest()) await this.compare(tile);
  }

  private async compare({ level, index, width, bytes }: FilledTile): Promise<void> {
    const path = tilePath(level, index, width);
    if (!this.of(level)) return;
    this.expected.add(path);
    const given = await this.read(path, bytes.length);
    if (given === undefined) throw new ChainError('tile.missing', `The tile ${path} is not there.`);
    if (!equalBytes(given, bytes)) throw new ChainError('tile.bytes', `The tile ${path} is not what the leaves give: its bytes were changed.`);
  }
}
