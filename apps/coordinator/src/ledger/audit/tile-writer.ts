import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Crypto } from '@fedseal/chain/crypto/crypto';
import { tilePath } from '@fedseal/chain/tiles/tile-path';
import { TileRows } from '@fedseal/chain/tiles/tile-rows';
import type { FilledTile } from '@fedseal/chain/tiles/tile-rows';

/** Writes a tree's tiles below a folder, at the paths that C2SP tlog-tiles gives. */
export class TileWriter {
  private readonly rows: TileRows;
  private readonly folders = new Set<string>();
  /** Files so far. */
  written = 0;

  constructor(
    crypto: Crypto,
    private readonly folder: string,
  ) {
    this.rows = new TileRows(crypto);
  }

  async append(leaf: Uint8Array, hash: Uint8Array): Promise<void> {
    await this.write(this.rows.append(leaf, hash));
  }

  /** Writes the partial ones. */
  async finish(): Promise<void> {
    await this.write(this.rows.rest());
  }

  private async write(tiles: readonly FilledTile[]): Promise<void> {
    for (const { level, index, width, bytes } of tiles) {
      const path = join(this.folder, tilePath(level, index, width));
      const parent = dirname(path);
      if (!this.folders.has(parent)) {
        await mkdir(parent, { recursive: true });
        this.folders.add(parent);
      }
      await writeFile(path, bytes, { flag: 'wx' });
      this.written++;
    }
  }
}
