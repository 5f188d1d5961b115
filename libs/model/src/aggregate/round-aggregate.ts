import { ModelError } from '../model-error.js';
import { checkTensors, elementCount, sortedByName, type Tensor, type TensorShape } from '../tensors.js';
import { judgeMagnitude, roundUpToLanes, type Accumulators } from './accumulators.js';
import { ExactSum, type SummedUpdate } from './exact-sum.js';
import { gridFor, type Grid } from './grid.js';
import { PASS } from './kernel-memory.js';
import { boundOf, validateLayout, type Bound, type UpdateTensor } from './validate-update.js';
import { largestMagnitude, MAX_SUMS, WasmAccumulators } from './wasm-accumulators.js';

/** One accepted update. `key` identifies it within the round (its commit's leaf hash); `weight` is the integer a. */
export interface WeightedUpdate {
  readonly key: string;
  readonly deltas: readonly UpdateTensor[];
  readonly weight: number;
}

/** What fixes the arithmetic of a round, sealed when it opens. */
export interface AggregateRule {
  /** A_max: the largest sum of weights that the round could reach. */
  readonly aMax: number;
  /** B, a power of two, for every tensor or by name. */
  readonly bound: Bound;
  /** The largest weight of one update; A_max when absent. */
  readonly weightCap?: number;
}

/** Largest finite float32. */
const MAX_FLOAT32 = 3.4028234663852886e38;

/**
 * The exact aggregate of a round over all tensors of a model. Memory is 8 bytes a parameter however many updates are
 * folded, in any order; updates may leave again, and partial aggregates merge.
 */
export class RoundAggregate {
  private readonly sums = new Map<string, ExactSum>();
  private readonly memories: Accumulators[] = [];
  private readonly accepted = new Map<string, number>();

  /** @param shapes the base model's tensors. @throws ModelError as `gridFor`, `shape-invalid`, `tensor-duplicate`, `sum-too-long` */
  constructor(
    private readonly shapes: readonly TensorShape[],
    private readonly rule: AggregateRule,
    createAccumulators: (length: number) => Accumulators = (length) => new WasmAccumulators(length),
  ) {
    for (const group of packed(shapes)) {
      const accumulators = createAccumulators(group.length);
      this.memories.push(accumulators);
      for (const { name, length, at } of group.tensors) {
        if (this.sums.has(name)) throw new ModelError('tensor-duplicate', `Two tensors are named ${name}; names must differ.`);
        this.sums.set(name, new ExactSum(length, this.gridOf(name), { accumulators, at }));
      }
    }
  }

  gridOf(tensor: string): Grid {
    return gridFor({ bound: boundOf(this.rule.bound, tensor), aMax: this.rule.aMax });
  }

  /** Keys and weights folded in, sorted by key. */
  get weights(): { key: string; weight: number }[] {
    return [...this.accepted].map(([key, weight]) => ({ key, weight })).sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  /** Sum of the weights folded in. */
  get totalWeight(): number {
    let total = 0;
    for (const weight of this.accepted.values()) total += weight;
    return total;
  }

  /**
   * Adds one update, all of it or nothing.
   * @throws ModelError `update-duplicate`, `weight-over-cap`, `weight-invalid`, `weights-over-limit`, or a code of `UpdateFault`
   */
  fold(update: WeightedUpdate): void {
    this.foldAll([update]);
  }

  /**
   * Adds updates, four in one pass over the sums: the same bits as one by one, in less time. All of them or, when one is
   * refused, none.
   * @throws ModelError as `fold`
   */
  foldAll(updates: readonly WeightedUpdate[]): void {
    const keys = new Set<string>();
    for (const { key, deltas, weight } of updates) {
      if (this.accepted.has(key) || keys.has(key)) throw new ModelError('update-duplicate', `The update ${key} is in the sum already.`);
      keys.add(key);
      if (weight > (this.rule.weightCap ?? this.rule.aMax)) {
        throw new ModelError('weight-over-cap', `A weight of ${weight} is over the cap of ${this.rule.weightCap ?? this.rule.aMax}.`);
      }
      this.checkLayout(key, deltas);
    }
    const columns = tensorsByName(updates);
    const folded: SummedUpdate[][] = [];
    try {
      for (const { name, entries } of columns) {
        this.sums.get(name)!.foldAll(entries);
        folded.push(entries);
      }
    } catch (error) {
      // A sum that refuses is unchanged, and what the tensors before it took in leaves exactly.
      folded.forEach((entries, i) => entries.forEach(({ delta, weight }) => this.sums.get(columns[i]!.name)!.remove(delta, weight)));
      throw error;
    }
    for (const { key, weight } of updates) this.accepted.set(key, weight);
  }

  /** Takes out an update that was folded in, given with the same deltas. @throws ModelError `update-not-folded` or a code of `UpdateFault` */
  remove({ key, deltas, weight }: WeightedUpdate): void {
    if (this.accepted.get(key) !== weight) {
      throw new ModelError('update-not-folded', `No update ${key} of weight ${weight} is in the sum.`);
    }
    this.checkLayout(key, deltas);
    const left: Tensor[] = [];
    try {
      for (const tensor of sortedByName(deltas)) {
        this.sums.get(tensor.name)!.remove(tensor.data, weight);
        left.push(tensor);
      }
    } catch (error) {
      for (const { name, data } of left) this.sums.get(name)!.fold(data, weight);
      throw error;
    }
    this.accepted.delete(key);
  }

  /**
   * Adds a partial aggregate of the same round; no update may be in both.
   * @throws ModelError `update-duplicate`, `tensor-unknown`, `grid-mismatch`, `length-mismatch`, `weights-over-limit`
   */
  merge(other: RoundAggregate): void {
    for (const key of other.accepted.keys()) {
      if (this.accepted.has(key)) throw new ModelError('update-duplicate', `The update ${key} is in both partial sums.`);
    }
    const matches = other.sums.size === this.sums.size && [...other.sums.keys()].every((name) => this.sums.has(name));
    if (!matches) throw new ModelError('tensor-unknown', 'Only partial sums of one model can be merged.');
    for (const [name, sum] of this.sums) sum.checkMerge(other.sums.get(name)!);
    for (const [name, sum] of this.sums) sum.merge(other.sums.get(name)!);
    for (const [key, weight] of other.accepted) this.accepted.set(key, weight);
  }

  /**
   * @param base the tensors that every update was a delta to
   * @param denominator D
   * @returns the new model, tensors in the base's order
   * @throws ModelError `aggregate-empty`, `tensor-missing`, `shape-mismatch`, `denominator-invalid`, `model-overflow`
   */
  finish(base: readonly Tensor[], denominator: number): Tensor[] {
    if (this.accepted.size === 0) throw new ModelError('aggregate-empty', 'No update was folded, so there is no new model.');
    checkTensors(base);
    if (base.length !== this.sums.size) throw new ModelError('tensor-missing', 'The base must have exactly the tensors of the sum.');
    return base.map(({ name, shape, data }) => {
      const sum = this.sums.get(name);
      if (!sum) throw new ModelError('tensor-missing', `The base has a tensor ${name} that the sum does not.`);
      const model = sum.finish(data, denominator);
      if (judgeMagnitude(largestMagnitude(model), MAX_FLOAT32) !== 'ok') {
        throw new ModelError('model-overflow', `The new ${name} left the range of float32; lower the learning rate or the bound.`);
      }
      return { name, shape, data: model };
    });
  }

  /** Gives the sums' memory back at once rather than when the collector comes; the aggregate may not be used afterwards. */
  release(): void {
    for (const accumulators of this.memories) accumulators.release();
  }

  private checkLayout(key: string, deltas: readonly Tensor[]): void {
    const verdict = validateLayout(this.shapes, deltas);
    if (verdict !== 'ok') throw new ModelError(verdict, `The update ${key} was refused (${verdict}); nothing of it was folded.`);
  }
}

/**
 * One round's model from its base and its accepted updates, which may stream in any order: what the coordinator computed as
 * they arrived, and what an auditor computes again from the stored files.
 * @param denominator D, or a function of the weights' sum and the updates' number
 */
export async function aggregateRound(
  base: readonly Tensor[],
  updates: AsyncIterable<WeightedUpdate> | Iterable<WeightedUpdate>,
  rule: AggregateRule,
  denominator: number | ((totalWeight: number, count: number) => number),
): Promise<Tensor[]> {
  const aggregate = new RoundAggregate(base, rule);
  let ready: WeightedUpdate[] = [];
  for await (const update of updates) {
    ready.push(update);
    if (ready.length < PASS) continue;
    aggregate.foldAll(ready);
    ready = [];
  }
  aggregate.foldAll(ready);
  const divisor = typeof denominator === 'number' ? denominator : denominator(aggregate.totalWeight, aggregate.weights.length);
  const model = aggregate.finish(base, divisor);
  aggregate.release();
  return model;
}

/** The updates' arrays of each tensor, in order of names. */
function tensorsByName(updates: readonly WeightedUpdate[]): { name: string; entries: SummedUpdate[] }[] {
  const columns = new Map<string, SummedUpdate[]>();
  for (const { deltas, weight } of updates) {
    for (const { name, data, largest } of sortedByName(deltas)) {
      const entries = columns.get(name);
      const entry = { delta: data, weight, largest };
      if (entries) entries.push(entry);
      else columns.set(name, [entry]);
    }
  }
  return [...columns].map(([name, entries]) => ({ name, entries }));
}

interface Group {
  length: number;
  readonly tensors: { name: string; length: number; at: number }[];
}

/** Lays tensors side by side, each at whole lanes, in as few memories as hold them: engines limit how many there may be. */
function packed(shapes: readonly TensorShape[]): Group[] {
  const groups: Group[] = [];
  let group: Group | undefined;
  for (const { name, shape } of shapes) {
    const length = elementCount(shape);
    const padded = roundUpToLanes(length);
    if (!group || group.length + padded > MAX_SUMS) groups.push((group = { length: 0, tensors: [] }));
    group.tensors.push({ name, length, at: group.length });
    group.length += padded;
  }
  return groups;
}
