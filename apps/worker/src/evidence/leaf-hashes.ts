import { TILE_WIDTH, tilePath } from '@fedseal/chain/tiles/tile-path';
import type { CoordinatorHttp } from '../coordinator/http.js';
import { WorkerError } from '../worker-error.js';

const HASH_BYTES = 32;

/**
 * Leaf hashes of the sealed tree, from index `from` up to but not including `to`, off the level-0 tiles of the log (C2SP
 * tlog-tiles). They are what the coordinator says: check them against a root, or what is found with them against a receipt.
 * @throws RefusedRequest, Unreachable, WorkerError `coordinator.answer`
 */
export async function fetchLeafHashes(http: CoordinatorHttp, from: number, to: number, signal: AbortSignal): Promise<Uint8Array[]> {
  const hashes: Uint8Array[] = [];
  for (let tile = Math.floor(from / TILE_WIDTH); tile * TILE_WIDTH < to; tile++) {
    const width = Math.min(TILE_WIDTH, to - tile * TILE_WIDTH);
    const bytes = await http.getBytes(`/${tilePath(0, tile, width)}`, width * HASH_BYTES, { signal });
    if (bytes.length !== width * HASH_BYTES) throw new WorkerError('coordinator.answer', `A tile of ${width} hashes has ${bytes.length} bytes.`);
    for (let i = Math.max(0, from - tile * TILE_WIDTH); i < width; i++) hashes.push(bytes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES));
  }
  return hashes;
}
