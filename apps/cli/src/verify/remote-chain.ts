import { ChainError } from '@fedseal/chain/chain-error';
import { decodeCheckpoint } from '@fedseal/chain/checkpoint/checkpoint';
import { HEADER_BYTES } from '@fedseal/chain/header/header';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import { decodeNote, MAX_NOTE_LENGTH } from '@fedseal/chain/note/note';
import { decodeEntryBundle } from '@fedseal/chain/tiles/entry-bundle';
import { TILE_WIDTH, tilePath } from '@fedseal/chain/tiles/tile-path';
import { entryTiles } from '@fedseal/chain/tiles/tree-tiles';
import { verifyChain, type ChainCallbacks } from '@fedseal/chain/verify/verify-chain';
import { CliError, EXIT } from '../cli-error.js';
import type { ChainSource, VerifiedChain } from './chain-source.js';
import { checkCheckpoint } from './check-checkpoint.js';
import type { HttpReader } from './http-reader.js';
import { TileChecker } from './tile-checker.js';

const HEADERS_PER_PAGE = 4096;
const MAX_BUNDLE_BYTES = TILE_WIDTH * (2 + 0xffff);
/** Weights and plans are small; models are not asked for. */
const MAX_BLOB_BYTES = 64 * 1_048_576;

/**
 * The chain that a coordinator serves to everybody, verified as it streams by: the signed checkpoint says how far, headers come in
 * pages, leaves in bundles of 256, and every tile of hashes is compared. Only one page and one bundle are held at a time.
 */
export class RemoteChain implements ChainSource {
  readonly kind = 'url';
  readonly place: string;

  constructor(private readonly http: HttpReader) {
    this.place = http.url;
  }

  async verify(callbacks: ChainCallbacks = {}): Promise<VerifiedChain> {
    const note = await this.checkpoint();
    const { size } = decodeCheckpoint(decodeNote(note).text);
    // The leaves come from the bundles, so only the tiles of hashes can differ from them.
    const tiles = new TileChecker((path, most) => this.http.read(`/${path}`, most), (level) => level !== 'entries');
    const report = await verifyChain({ headers: this.headers(size), leaves: this.leaves(size) }, nodeCrypto, {
      ...callbacks,
      onLeaf: async (leaf, at) => {
        await tiles.append(at.bytes, at.hash);
        await callbacks.onLeaf?.(leaf, at);
      },
    });
    await tiles.finish();
    return { report, checkpoint: checkCheckpoint(note, report), tiles: tiles.expected.size + countEntryTiles(size), contents: undefined };
  }

  async blob(sha256: string): Promise<Uint8Array | undefined> {
    return this.http.read(`/v1/blobs/${sha256}`, MAX_BLOB_BYTES);
  }

  private async checkpoint(): Promise<string> {
    const bytes = await this.http.read('/checkpoint', MAX_NOTE_LENGTH);
    if (bytes === undefined) {
      throw new CliError('url.no-checkpoint', `There is no /checkpoint at ${this.place}, so no coordinator answers there. Name its address.`, EXIT.environment);
    }
    return new TextDecoder().decode(bytes);
  }

  /** Up to the block that ends with the checkpoint's last leaf. @throws ChainError `checkpoint.block` */
  private async *headers(size: number): AsyncGenerator<Uint8Array> {
    for (let height = 0, sealed = 0; sealed < size; ) {
      const page = await this.http.read(`/v1/headers?from=${height}&to=${height + HEADERS_PER_PAGE - 1}`, HEADERS_PER_PAGE * HEADER_BYTES);
      if (page === undefined || page.length === 0 || page.length % HEADER_BYTES !== 0) {
        throw new ChainError('checkpoint.block', `The coordinator signs ${size} leaves and shows whole headers for ${sealed} of them alone.`, { block: height });
      }
      for (let offset = 0; offset < page.length && sealed < size; offset += HEADER_BYTES, height++) {
        const header = page.subarray(offset, offset + HEADER_BYTES);
        const ends = Number(new DataView(header.buffer, header.byteOffset, HEADER_BYTES).getBigUint64(80));
        if (ends > size) throw new ChainError('checkpoint.block', `The checkpoint signs ${size} leaves, and no block ends there.`, { block: height });
        yield header;
        sealed = ends;
      }
    }
  }

  private async *leaves(size: number): AsyncGenerator<Uint8Array> {
    for (const { index, width } of entryTiles(size)) {
      const path = tilePath('entries', index, width);
      const bytes = await this.http.read(`/${path}`, MAX_BUNDLE_BYTES);
      if (bytes === undefined) {
        throw new ChainError('tile.missing', `The coordinator signs ${size} leaves and does not show ${path}.`, { leaf: index * TILE_WIDTH });
      }
      yield* decodeEntryBundle(bytes, width);
    }
  }
}

function countEntryTiles(size: number): number {
  return Math.ceil(size / TILE_WIDTH);
}
