/// <reference types="node" />
import { availableParallelism } from 'node:os';
import { kernelMemory, PASS } from '../aggregate/kernel-memory.js';
import { RoundAggregate } from '../aggregate/round-aggregate.js';
import { median, type BenchRow } from '../bench/bench-row.js';
import { BOUND, CNN, EXAMPLES, landedUpdate, parametersOf, shapesOf, type BenchSize } from '../bench/bench-updates.js';
import { FoldThreads } from './fold-threads.js';

const MOST_THREADS = 8;

/**
 * GB/s of update bytes folded, four updates a pass, on all cores (eight at most) against one; by the clock on the wall, so other work on
 * the machine counts. The two alternate, update by update; medians.
 */
export async function benchFoldThreads({ passes = 60, size = CNN }: { readonly passes?: number; readonly size?: BenchSize } = {}): Promise<BenchRow[]> {
  const threads = Math.max(2, Math.min(MOST_THREADS, availableParallelism()));
  const memory = kernelMemory();
  const crew = new FoldThreads(memory, { threads: threads - 1 });
  await crew.started();
  const updates = Array.from({ length: 16 }, (_, seed) => landedUpdate(size, seed));
  const sums = [undefined, crew].map((helpers) => {
    return { helpers, aggregate: new RoundAggregate(shapesOf(size), { aMax: (passes + 1) * PASS * EXAMPLES, bound: BOUND }), ms: [] as number[] };
  });
  try {
    for (let pass = 0; pass <= passes; pass++) {
      const ready = Array.from({ length: PASS }, (_, i) => {
        return { key: `${pass} ${i}`, deltas: updates[(pass * PASS + i) % updates.length]!.tensors, weight: EXAMPLES };
      });
      for (const { helpers, aggregate, ms } of sums) {
        memory.crew = helpers;
        const start = performance.now();
        aggregate.foldAll(ready);
        if (pass > 0) ms.push(performance.now() - start);
      }
    }
    const [one, all] = sums.map(({ ms }) => median(ms)) as [number, number];
    const value = (PASS * parametersOf(size) * 4) / all / 1e6;
    return [{ name: 'aggregate/threads', value, unit: `GB/s on ${threads} threads`, against: 'one thread', ratio: one / all }];
  } finally {
    memory.crew = undefined;
    for (const { aggregate } of sums) aggregate.release();
    for (const update of updates) update.release();
    await crew.close();
  }
}
