/// <reference types="node" />
import { PASS } from '../aggregate/kernel-memory.js';
import { RoundAggregate } from '../aggregate/round-aggregate.js';
import { median, type BenchRow } from '../bench/bench-row.js';
import { BOUND, CNN, EXAMPLES, LARGE, landedUpdate, parametersOf, seededUpdate, shapesOf, type BenchSize } from '../bench/bench-updates.js';
import type { Tensor } from '../tensors.js';
import { FlowerFunctions, type FlowerFunction } from './flower-functions.js';
import { measureMemory } from './memory-bench.js';
import { processorSeconds } from './processor-time.js';

export interface ExactBenchOptions {
  /** A Python interpreter that has flwr; without one the sum is measured against a plain TypeScript loop alone. */
  readonly python?: string | undefined;
  readonly passes?: number;
  readonly size?: BenchSize;
  /** Told what is not measured, and which versions are. */
  note(text: string): void;
}

const FLOWER: readonly [FlowerFunction, string][] = [
  ['aggregate', 'Flower aggregate()'],
  ['aggregate_inplace', 'Flower aggregate_inplace()'],
  ['aggregate_arrayrecords', 'Flower aggregate_arrayrecords()'],
];

/**
 * GB/s of update bytes that a round's aggregate takes in, from the first update to the finished model, on one core: four updates a
 * pass and one a pass, beside Flower's functions over as many float32 arrays of the same shapes. Ours and theirs
 * alternate; figures are processor time, medians of the passes after one that warms both up.
 */
export async function benchExact({ python, passes = 5, size = CNN, note }: ExactBenchOptions): Promise<BenchRow[]> {
  if (python === undefined) note('Flower’s functions are not measured; --python names an interpreter that has flwr.');
  const flower = python === undefined ? undefined : new FlowerFunctions(python);
  try {
    return await benchSize('aggregate/exact', size, passes, flower, note);
  } finally {
    flower?.close();
  }
}

/** The same for a large model, and the memory that a thousand updates take. */
export async function benchScale(options: ExactBenchOptions): Promise<BenchRow[]> {
  const rows = await benchExact({ passes: 3, size: LARGE, ...options });
  return [...rows.map((row) => ({ ...row, name: row.name.replace('exact', 'exact-25m') })), await measureMemory()];
}

async function benchSize(name: string, size: BenchSize, passes: number, flower: FlowerFunctions | undefined, note: (text: string) => void): Promise<BenchRow[]> {
  const versions = await flower?.prepare(size);
  if (versions) note(`${name}: flwr ${versions.flwr}, numpy ${versions.numpy}, BLAS ${versions.blas}, ${size.updates} updates of ${parametersOf(size)} parameters`);
  const updates = Array.from({ length: Math.min(size.updates, size.distinct) }, (_, seed) => landedUpdate(size, seed));
  const base = seededUpdate(size, size.distinct);
  const tensors = updates.map((update) => update.tensors);
  const plain = updates.slice(0, 4).map((update) => update.tensors.map(({ data }) => data.slice()));
  const variants = {
    four: () => aggregateOf(size, base, tensors, PASS),
    one: () => aggregateOf(size, base, tensors, 1),
    plain: () => plainSum(size, plain),
  };
  const seconds: Record<string, number[]> = {};
  const keep = (key: string, value: number) => (seconds[key] ??= []).push(value);
  const firstCalls: Record<string, number> = {};
  for (let pass = 0; pass <= passes; pass++) {
    for (const [key, run] of Object.entries(variants)) {
      const took = processorSeconds(run);
      if (pass > 0) keep(key, took);
    }
    if (flower === undefined) continue;
    for (const [key] of FLOWER) {
      const took = await flower.run(key);
      if (pass > 0) keep(key, took);
      else firstCalls[key] = took;
    }
  }
  for (const update of updates) update.release();
  const rate = (key: string) => (size.updates * parametersOf(size) * 4) / median(seconds[key]!) / 1e9;
  const row = (key: 'four' | 'one', against: string, theirs: number): BenchRow => ({
    name: key === 'four' ? name : `${name}-single`, value: rate(key), unit: 'GB/s', against, ratio: theirs / median(seconds[key]!),
  });
  return (['four', 'one'] as const).flatMap((key) => [
    row(key, 'plain TypeScript sum', median(seconds['plain']!)),
    ...(flower ? FLOWER : []).flatMap(([theirs, title]) => [
      row(key, title, median(seconds[theirs]!)),
      ...(theirs === 'aggregate' ? [row(key, `${title}, its first call in a process`, firstCalls[theirs]!)] : []),
    ]),
  ]);
}

function aggregateOf(size: BenchSize, base: readonly Tensor[], updates: readonly (readonly Tensor[])[], pass: number): void {
  const aggregate = new RoundAggregate(shapesOf(size), { aMax: size.updates * EXAMPLES, bound: BOUND });
  for (let k = 0; k < size.updates; k += pass) {
    const ready = Array.from({ length: Math.min(pass, size.updates - k) }, (_, i) => ({
      key: String(k + i), deltas: updates[(k + i) % updates.length]!, weight: EXAMPLES,
    }));
    aggregate.foldAll(ready);
  }
  aggregate.finish(base, aggregate.totalWeight);
  aggregate.release();
}

/** `sum[i] += weight * delta[i]` in float64: neither exact nor checked. */
function plainSum(size: BenchSize, updates: readonly (readonly Float32Array[])[]): void {
  const sums = size.shapes.map((_, i) => new Float64Array(updates[0]![i]!.length));
  for (let k = 0; k < size.updates; k++) {
    updates[k % updates.length]!.forEach((delta, i) => addPlain(sums[i]!, delta));
  }
}

function addPlain(sums: Float64Array, delta: Float32Array): void {
  for (let i = 0; i < delta.length; i++) sums[i] = sums[i]! + EXAMPLES * delta[i]!;
}
