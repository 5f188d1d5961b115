import { Xoshiro128 } from '../init/xoshiro128.js';
import { referenceModel, type Update } from './big-int-reference.testing.js';
import { gridFor, powerOfTwo, type Grid } from './grid.js';

/** What the battery needs of a sum: `ExactSum`, its twin, or a mutant. */
export interface Sum {
  fold(delta: Float32Array, weight: number): void;
  merge(other: Sum): void;
  finish(base: Float32Array, denominator: number): Float32Array;
}
export type CreateSum = (length: number, grid: Grid) => Sum;

export interface Vector {
  readonly name: 'ordinary' | 'cancelling' | 'edge';
  readonly grid: Grid;
  readonly base: Float32Array;
  readonly updates: readonly Update[];
  readonly denominator: number;
}

/** One way in which a sum was caught, such as `cancelling: order`. */
export type Fault = `${Vector['name']}: ${'order' | 'reference'}`;

const BOUND = 8;

/**
 * Sums each vector in `orders` random arrival orders, each cut at random into partial sums that merge in random order.
 * @returns the faults found: bytes that differ between orders, or from the reference
 */
export function findFaults(create: CreateSum, orders: number, vectors = batteryVectors()): Set<Fault> {
  const faults = new Set<Fault>();
  const random = Xoshiro128.fromSeed(2024);
  for (const vector of vectors) {
    const expected = hexOf(referenceModel(vector.base, vector.updates, vector.denominator, vector.grid));
    const seen = new Set<string>();
    for (let order = 0; order < orders; order++) seen.add(hexOf(sumOnce(create, vector, random)));
    if (seen.size > 1) faults.add(`${vector.name}: order`);
    if ([...seen].some((model) => model !== expected)) faults.add(`${vector.name}: reference`);
  }
  return faults;
}

function sumOnce(create: CreateSum, { grid, base, updates, denominator }: Vector, random: Xoshiro128): Float32Array {
  const shards = Array.from({ length: 1 + (random.next() % 4) }, () => create(base.length, grid));
  for (const { delta, weight } of shuffled(updates, random)) shards[random.next() % shards.length]!.fold(delta, weight);
  const [first, ...rest] = shuffled(shards, random);
  for (const shard of rest) first!.merge(shard);
  return first!.finish(base, denominator);
}

export function shuffled<T>(items: readonly T[], random: Xoshiro128): T[] {
  const copy = [...items];
  for (let i = copy.length - 1; i > 0; i--) {
    const j = random.next() % (i + 1);
    [copy[i], copy[j]] = [copy[j]!, copy[i]!];
  }
  return copy;
}

export function hexOf(data: Float32Array): string {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex');
}

export function batteryVectors(): Vector[] {
  return [ordinary(), cancelling(), edge()];
}

/** Twelve updates of about 0.01 around weights of about 0.05, as training makes them. */
function ordinary(): Vector {
  const random = Xoshiro128.fromSeed(1);
  const updates = Array.from({ length: 12 }, () => ({
    weight: 1 + (random.next() % 600),
    delta: Float32Array.from({ length: 333 }, () => 0.02 * centred(random)),
  }));
  return vector('ordinary', Float32Array.from({ length: 333 }, () => 0.1 * centred(random)), updates, 12 * 600);
}

/** Updates at the bound and below that cancel in pairs, so sums pass half of 2^51, and a residue of about 1e-9 that is all that remains. */
function cancelling(): Vector {
  const random = Xoshiro128.fromSeed(2);
  const updates: Update[] = [];
  for (let pair = 0; pair < 4; pair++) {
    const large = Float32Array.from({ length: 64 }, (_, i) => (i < 32 ? BOUND : BOUND * centred(random)));
    const weight = 10_001 + (random.next() % 1000);
    updates.push({ weight, delta: large }, { weight, delta: large.map((value) => -value) });
  }
  updates.push({ weight: 997, delta: Float32Array.from({ length: 64 }, (_, i) => (i % 2 === 0 ? 1e-9 : -1.7e-9) * (1 + i)) });
  return vector('cancelling', new Float32Array(64), updates);
}

/** Zeros of both signs, the bound, subnormals, and exact ties of the grid, over bases of 0, −0 and ordinary ones. */
function edge(): Vector {
  const weights = [1, 3, 5, 7, 9, 11];
  const grid = gridFor({ bound: BOUND, aMax: total(weights) });
  const half = powerOfTwo(-(grid.s + 1));
  const positive = [0, BOUND, 2 ** -149, 2 ** -126 - 2 ** -149, half, 3 * half, 5 * half, BOUND - 2 ** -21, 1, half * (1 + 2 ** -20)];
  const values = positive.flatMap((value) => [value, -value]);
  const bases = [0, -0, 1, -1, 2 ** -149, -(2 ** -126), 0.1, 3e-9];
  const columns: { base: number; deltas: number[] }[] = [];
  for (const base of bases) {
    for (const [v, value] of values.entries()) {
      // Alone in each update, so that one rounding decides; in all of them; and among its neighbours.
      for (let only = 0; only < weights.length; only++) columns.push({ base, deltas: weights.map((_, k) => (k === only ? value : 0)) });
      columns.push({ base, deltas: weights.map(() => value) });
      columns.push({ base, deltas: weights.map((_, k) => values[(v + k) % values.length]!) });
    }
  }
  const updates = weights.map((weight, k) => ({ weight, delta: Float32Array.from(columns, ({ deltas }) => deltas[k]!) }));
  return vector('edge', Float32Array.from(columns, ({ base }) => base), updates);
}

function vector(name: Vector['name'], base: Float32Array, updates: readonly Update[], aMax?: number): Vector {
  const denominator = total(updates.map(({ weight }) => weight));
  return { name, base, updates, denominator, grid: gridFor({ bound: BOUND, aMax: aMax ?? denominator }) };
}

function total(weights: readonly number[]): number {
  return weights.reduce((sum, weight) => sum + weight, 0);
}

/** Between −1 and 1. */
export function centred(random: Xoshiro128): number {
  return random.next() / 2 ** 31 - 1;
}
