import { ModelError } from '../model-error.js';
import { elementCount, sameShape, type Tensor } from '../tensors.js';
import { fedAvg } from './fedavg.js';
import { MeanRound } from './mean-round.js';
import { moved } from './moved.js';
import { sealedParameters, type ParameterName } from './parameters.js';
import { isTrainable, type ModelTensor, type RoundResult, type RoundStart, type Strategy, type StrategyPolicy } from './strategy.js';

/** A rule that takes the mean Δ̄ of a round for a gradient, element by element. */
export interface ServerOptimizer {
  readonly name: string;
  readonly parameters: Readonly<Partial<Record<ParameterName, number>>>;
  /** State of each trainable tensor, one array a slot: its prefix in the state's file, and what it begins with. */
  readonly slots: readonly { readonly name: string; readonly initial: number }[];
  /**
   * Writes the next state of element i, and returns what is added to the weight. Operations are float64 in the order written;
   * what is stored is rounded to float32 by the array.
   * @param mean Δ̄ of this element, float32
   */
  step(mean: number, state: readonly Float32Array[], i: number): number;
}

/**
 * FedAvg with a server optimiser behind it. The mean is the exact sum's, rounded to float32 once: Δ̄ = fround(Σ a_k Δ_k / D).
 * Trainable tensors move by the optimiser's step, w' = fround(w + step); buffers take the plain mean.
 */
export function withOptimizer(optimizer: ServerOptimizer, policy: StrategyPolicy): Strategy {
  const mean = fedAvg(policy);
  const weightCap = policy.weighting === 'uniform' ? 1 : policy.examplesCap;
  return {
    ...mean,
    name: optimizer.name,
    parameters: { ...mean.parameters, ...sealedParameters(optimizer.parameters) },
    initialState: (model) => initialState(optimizer, model),
    begin: (round) => new OptimizedRound(optimizer, round, weightCap),
  };
}

function initialState({ slots }: ServerOptimizer, model: readonly ModelTensor[]): Tensor[] {
  return model.filter(isTrainable).flatMap(({ name, shape }) =>
    slots.map((slot) => ({ name: `${slot.name}.${name}`, shape, data: new Float32Array(elementCount(shape)).fill(slot.initial) })),
  );
}

class OptimizedRound extends MeanRound {
  private readonly state: ReadonlyMap<string, Tensor>;
  private readonly trainable: ReadonlySet<string>;

  constructor(
    private readonly optimizer: ServerOptimizer,
    round: RoundStart,
    weightCap: number,
  ) {
    super(round, weightCap);
    this.trainable = new Set(round.model.filter(isTrainable).map(({ name }) => name));
    this.state = checkedState(round.state, initialState(optimizer, round.model));
  }

  protected override combine(base: readonly Tensor[], denominator: number): Pick<RoundResult, 'model' | 'state'> {
    const state: Tensor[] = [];
    const model = this.means(base, denominator).map((mean, at) => {
      if (!this.trainable.has(mean.name)) return mean;
      const slots = this.slotsOf(mean.name);
      state.push(...slots);
      return this.move(base[at]!, mean.data, slots.map(({ data }) => data));
    });
    return { model, state };
  }

  /** Δ̄ of trainable tensors, as the mean from a base of zeros; buffers as they will be. */
  private means(base: readonly Tensor[], denominator: number): Tensor[] {
    const trainable = base.filter(({ name }) => this.trainable.has(name));
    const zeros = new Float32Array(Math.max(0, ...trainable.map(({ data }) => data.length)));
    const from = base.map((tensor) => (this.trainable.has(tensor.name) ? { ...tensor, data: zeros.subarray(0, tensor.data.length) } : tensor));
    return this.aggregate.finish(from, denominator);
  }

  /** Copies: a round may be finished more than once. */
  private slotsOf(tensor: string): Tensor[] {
    return this.optimizer.slots.map(({ name }) => {
      const held = this.state.get(`${name}.${tensor}`)!;
      return { ...held, data: held.data.slice() };
    });
  }

  private move({ name, shape, data }: Tensor, mean: Float32Array, slots: readonly Float32Array[]): Tensor {
    const next = data.slice();
    for (let i = 0; i < next.length; i++) next[i] = moved(data[i]!, this.optimizer.step(mean[i]!, slots, i));
    return { name, shape, data: next };
  }
}

function checkedState(state: readonly Tensor[], expected: readonly Tensor[]): Map<string, Tensor> {
  const held = new Map(state.map((tensor) => [tensor.name, tensor]));
  const fits = state.length === expected.length && expected.every(({ name, shape }) => held.has(name) && sameShape(held.get(name)!.shape, shape));
  if (!fits) throw new ModelError('state-mismatch', 'The state of the server is not of this strategy and this model.');
  return held;
}
