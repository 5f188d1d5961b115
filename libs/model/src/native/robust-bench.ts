/// <reference types="node" />
import { median, type BenchRow } from '../bench/bench-row.js';
import { CNN, parametersOf, seededUpdate, type BenchSize } from '../bench/bench-updates.js';
import { coordinateMedian } from '../robust/coordinate-median.js';
import { plainMedian } from '../robust/plain-order-statistics.js';
import { plainTileDistance } from '../robust/plain-tile-distance.js';
import { SquaredDistances, TILE } from '../robust/squared-distances.js';
import type { ExactBenchOptions } from './exact-bench.js';
import { FlowerFunctions, type FlowerFunction } from './flower-functions.js';
import { processorSeconds } from './processor-time.js';

/** K, all of them different: a median of equal values would be no measure. */
const SIZE: BenchSize = { ...CNN, updates: 50, distinct: 50 };
/** Of the parameters, what the plain twins are given: they take a hundred times as long. */
const PLAIN_SHARE = 16;

export function benchMedian(options: ExactBenchOptions): Promise<BenchRow[]> {
  return benchRule(options, {
    name: 'aggregate/median',
    flower: ['median', 'Flower aggregate_median()'],
    ours: (rows) => coordinateMedian(rows, new Float32Array(rows[0]!.length)),
    plain: (rows) => plainMedian(rows, new Float32Array(rows[0]!.length)),
  });
}

/** Distances between all pairs, which are nearly all of Krum's work. */
export function benchKrum(options: ExactBenchOptions): Promise<BenchRow[]> {
  return benchRule(options, {
    name: 'aggregate/krum',
    flower: ['krum', 'Flower aggregate_krum()'],
    ours: (rows) => {
      const distances = new SquaredDistances(rows.length);
      distances.add(rows);
      distances.finish();
    },
    plain: (rows) => {
      for (let start = 0; start < rows[0]!.length; start += TILE) {
        const tile = rows.map((row) => row.subarray(start, start + TILE));
        tile.forEach((a, i) => tile.slice(i + 1).forEach((b) => plainTileDistance(a, b)));
      }
    },
  });
}

interface RuleBench {
  readonly name: string;
  readonly flower: readonly [FlowerFunction, string];
  ours(rows: readonly Float32Array[]): void;
  plain(rows: readonly Float32Array[]): void;
}

/** GB/s of update bytes in processor time of one core, 50 updates of 1.66 M parameters; runs of ours and theirs alternate. */
async function benchRule({ python, passes = 3, size = SIZE, note }: ExactBenchOptions, { name, flower: [call, title], ours, plain }: RuleBench): Promise<BenchRow[]> {
  if (python === undefined) note(`${title} is not measured; --python names an interpreter that has flwr.`);
  const flower = python === undefined ? undefined : new FlowerFunctions(python);
  try {
    await flower?.prepare(size);
    const rows = Array.from({ length: size.updates }, (_, seed) => flat(size, seed));
    const part = rows.map((row) => row.subarray(0, Math.floor(row.length / PLAIN_SHARE)));
    const seconds = { ours: [] as number[], plain: [] as number[], flower: [] as number[] };
    for (let pass = 0; pass <= passes; pass++) {
      const times = {
        ours: processorSeconds(() => ours(rows)),
        plain: processorSeconds(() => plain(part)) * PLAIN_SHARE,
        flower: (await flower?.run(call)) ?? 0,
      };
      if (pass === 0) continue;
      for (const key of ['ours', 'plain', 'flower'] as const) seconds[key].push(times[key]);
    }
    const took = median(seconds.ours);
    const row = (against: string, theirs: readonly number[]): BenchRow => ({
      name, value: (size.updates * parametersOf(size) * 4) / took / 1e9, unit: 'GB/s', against, ratio: median(theirs) / took,
    });
    return [row('its plain TypeScript twin', seconds.plain), ...(flower ? [row(title, seconds.flower)] : [])];
  } finally {
    flower?.close();
  }
}

/** One update as one array. */
function flat(size: BenchSize, seed: number): Float32Array {
  const all = new Float32Array(parametersOf(size));
  let at = 0;
  for (const { data } of seededUpdate(size, seed)) {
    all.set(data, at);
    at += data.length;
  }
  return all;
}
