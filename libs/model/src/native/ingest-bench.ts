/// <reference types="node" />
import { createHash } from 'node:crypto';
import { PASS } from '../aggregate/kernel-memory.js';
import { LandedUpdate } from '../aggregate/landed-update.js';
import { RoundAggregate } from '../aggregate/round-aggregate.js';
import { median, type BenchRow } from '../bench/bench-row.js';
import { BOUND, CNN, EXAMPLES, seededUpdate, shapesOf, type BenchSize } from '../bench/bench-updates.js';
import { encodeSafetensors } from '../safetensors/encode-safetensors.js';
import { processorSeconds } from './processor-time.js';

/** As sockets give them. */
const PIECE_BYTES = 65_536;
const DISTINCT = 16;

/**
 * GB/s of uploads that one core hashes, lands and scans in one pass over their pieces, and folds four at a time, against hashing the
 * same pieces alone. The two alternate; figures are processor time, medians of the passes after one that warms up.
 */
export function benchIngest({ passes = 9, size = CNN }: { readonly passes?: number; readonly size?: BenchSize } = {}): BenchRow[] {
  const files = Array.from({ length: DISTINCT }, (_, seed) => encodeSafetensors(seededUpdate(size, seed)));
  const bytes = files.reduce((sum, file) => sum + file.length, 0);
  const ingest: number[] = [];
  const hashing: number[] = [];
  for (let pass = 0; pass <= passes; pass++) {
    const aggregate = new RoundAggregate(shapesOf(size), { aMax: DISTINCT * EXAMPLES, bound: BOUND });
    const all = processorSeconds(() => ingestAll(files, aggregate));
    const hash = processorSeconds(() => files.forEach((file) => digest(file, () => undefined)));
    aggregate.release();
    if (pass === 0) continue;
    ingest.push(all);
    hashing.push(hash);
  }
  const took = median(ingest);
  const ratio = median(ingest.map((seconds, i) => hashing[i]! / seconds));
  return [{ name: 'aggregate/ingest', value: bytes / took / 1e9, unit: 'GB/s', against: 'SHA-256 alone', ratio }];
}

function ingestAll(files: readonly Uint8Array[], aggregate: RoundAggregate): void {
  for (let k = 0; k < files.length; k += PASS) {
    const landed = files.slice(k, k + PASS).map((file) => {
      const update = LandedUpdate.begin(file.length)!;
      digest(file, (piece) => update.push(piece));
      return update;
    });
    aggregate.foldAll(landed.map((update, i) => ({ key: String(k + i), deltas: update.scanned()!, weight: EXAMPLES })));
    for (const update of landed) update.release();
  }
}

function digest(file: Uint8Array, watch: (piece: Uint8Array) => void): string {
  const hash = createHash('sha256');
  for (let at = 0; at < file.length; at += PIECE_BYTES) {
    const piece = file.subarray(at, at + PIECE_BYTES);
    hash.update(piece);
    watch(piece);
  }
  return hash.digest('hex');
}
