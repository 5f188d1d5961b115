import {
  keep, tensor, tensor1d, tidy, variable, variableGrads,
  type NamedTensorMap, type Scalar, type Tensor, type Tensor2D, type Variable,
} from '@tensorflow/tfjs-core';
import { sameShape, type Tensor as ModelTensor } from '@fedseal/model/tensors';
import { WorkerError } from '../worker-error.js';
import type { Network } from './build-model.js';
import { correctCount, crossEntropy } from './loss.js';
import type { Optimizer } from './optimizers.js';

/** Examples in the network's input shape, scaled, and their classes. */
export interface Batch {
  /** [count, …inputShape], row-major. */
  readonly inputs: Float32Array;
  readonly labels: Int32Array;
  readonly count: number;
}

/** Sums over a batch, still on the device: read them with `data()`, dispose of them after. */
export interface BatchOutcome {
  /** Mean cross-entropy. */
  readonly loss: Scalar;
  readonly correct: Scalar;
}

/** One model's weights on the active backend. `dispose` frees them; nothing else is left behind by any method. */
export class ModelSession {
  readonly #variables = new Map<string, Variable>();

  /** @throws WorkerError `model.tensors` when `weights` are not exactly the network's tensors. */
  constructor(
    private readonly network: Network,
    weights: readonly ModelTensor[],
  ) {
    for (const { name, shape, data } of matched(network, weights)) {
      this.#variables.set(name, tidy(() => variable(tensor(data, [...shape], 'float32'), true)));
    }
  }

  /** Forward, backward and the optimiser's update. */
  step({ inputs, labels, count }: Batch, optimizer: Optimizer): BatchOutcome {
    const variables = [...this.#variables.values()];
    return tidy(() => {
      const x = tensor(inputs, [count, ...this.network.inputShape], 'float32');
      const y = tensor1d(labels, 'int32');
      const logits: { of?: Tensor2D } = {};
      const { value, grads } = variableGrads(() => {
        logits.of = keep(this.network.logits(x, this.#weight));
        return crossEntropy(logits.of, y);
      }, variables);
      optimizer.apply(variables, grads as NamedTensorMap);
      const correct = correctCount(logits.of!, y);
      logits.of!.dispose();
      return { loss: value, correct };
    });
  }

  evaluate({ inputs, labels, count }: Batch): BatchOutcome {
    return tidy(() => {
      const x = tensor(inputs, [count, ...this.network.inputShape], 'float32');
      const y = tensor1d(labels, 'int32');
      const logits = this.network.logits(x, this.#weight);
      return { loss: crossEntropy(logits, y), correct: correctCount(logits, y) };
    });
  }

  /** The weights as they are now, in the network's order. */
  async read(): Promise<ModelTensor[]> {
    const read: ModelTensor[] = [];
    for (const { name, shape } of this.network.tensors) {
      read.push({ name, shape, data: (await this.#weight(name).data()) as Float32Array });
    }
    return read;
  }

  dispose(): void {
    for (const each of this.#variables.values()) each.dispose();
    this.#variables.clear();
  }

  readonly #weight = (name: string): Tensor => this.#variables.get(name)!;
}

/** `weights` in the network's order. */
function matched(network: Network, weights: readonly ModelTensor[]): ModelTensor[] {
  const byName = new Map(weights.map((weight) => [weight.name, weight]));
  const tensors = network.tensors.map(({ name, shape }) => {
    const found = byName.get(name);
    if (!found || !sameShape(found.shape, shape)) {
      const got = found ? `[${found.shape.join(', ')}]` : 'nothing';
      throw new WorkerError('model.tensors', `The base model has ${got} for ${name}, the plan needs [${shape.join(', ')}]: they are of different runs.`);
    }
    return found;
  });
  if (byName.size !== tensors.length) {
    throw new WorkerError('model.tensors', `The base model has ${byName.size} tensors, the plan ${tensors.length}: they are of different runs.`);
  }
  return tensors;
}
