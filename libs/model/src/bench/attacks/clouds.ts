import { Xoshiro128 } from '../../init/xoshiro128.js';
import type { Examples, Problem } from './softmax-regression.js';

/** Overlapping clouds of points, one a class: a learning problem that needs no file. The same for a seed everywhere. */
export function clouds({ features, classes }: Problem, counts: readonly number[], spread: number, seed: number): Examples[] {
  const random = Xoshiro128.fromSeed(seed);
  const uniform = () => random.next() / 2 ** 31 - 1;
  const centres = Float32Array.from({ length: classes * features }, uniform);
  return counts.map((count) => {
    const labels = Uint8Array.from({ length: count }, () => random.next() % classes);
    const inputs = Float32Array.from({ length: count * features }, (_, i) => {
      const label = labels[Math.floor(i / features)]!;
      return centres[label * features + (i % features)]! + spread * (uniform() + uniform() + uniform());
    });
    return { count, inputs, labels };
  });
}
