import { ChainError } from '@fedseal/chain/chain-error';
import { HEADER_BYTES } from '@fedseal/chain/header/header';
import { decodeEntryBundle } from '@fedseal/chain/tiles/entry-bundle';
import { TILE_WIDTH, tilePath } from '@fedseal/chain/tiles/tile-path';
import { entryTiles } from '@fedseal/chain/tiles/tree-tiles';

/** The chain as this page's own server hands it out to everybody: raw headers in pages, leaves in bundles of 256. */

const HEADERS_PER_PAGE = 4096;

/** The server could not be read; nothing was found wrong. */
export class Unreached extends Error {
  override readonly name = 'Unreached';
}

/** Never from a cache: what is checked is what the server says now. @returns undefined for what it says is not there */
export async function readBytes(path: string): Promise<Uint8Array | undefined> {
  const response = await fetch(path, { cache: 'no-store' }).catch((cause: unknown) => {
    throw new Unreached(`${path}: no answer`, { cause });
  });
  if (response.status === 404) return undefined;
  if (!response.ok) throw new Unreached(`${path}: status ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

/** Headers up to the one whose tree has `size` leaves. @throws ChainError `checkpoint.block` */
export async function* servedHeaders(size: number): AsyncGenerator<Uint8Array> {
  for (let height = 0, sealed = 0; sealed < size;) {
    const page = await readBytes(`/v1/headers?from=${height}&to=${height + HEADERS_PER_PAGE - 1}`);
    if (page === undefined || page.length === 0 || page.length % HEADER_BYTES !== 0) {
      throw new ChainError('checkpoint.block', `The server signs ${size} leaves and shows whole headers for ${sealed} of them alone.`, { block: height });
    }
    for (let offset = 0; offset < page.length && sealed < size; offset += HEADER_BYTES, height++) {
      const header = page.subarray(offset, offset + HEADER_BYTES);
      sealed = Number(new DataView(header.buffer, header.byteOffset).getBigUint64(80));
      if (sealed > size) throw new ChainError('checkpoint.block', `The checkpoint signs ${size} leaves, and no block ends there.`, { block: height });
      yield header;
    }
  }
}

/** @throws ChainError `tile.missing`, `tile.entries` */
export async function* servedLeaves(size: number): AsyncGenerator<Uint8Array> {
  for (const { index, width } of entryTiles(size)) {
    const path = tilePath('entries', index, width);
    const bytes = await readBytes(`/${path}`);
    if (bytes === undefined) throw new ChainError('tile.missing', `The server signs ${size} leaves and does not show ${path}.`, { leaf: index * TILE_WIDTH });
    yield* decodeEntryBundle(bytes, width);
  }
}
