import { engine, fill, getKernel, tidy, train, type NamedTensorMap, type Tensor, type Variable } from '@tensorflow/tfjs-core';
import type { TrainingSpec } from '@fedseal/protocol/plan';
import { ADAM_STEP, SGD_STEP, type AdamStep } from './kernel-names.js';

/** Turns gradients into new weights. State begins empty and dies with `dispose`: moments are made anew each round. */
export interface Optimizer {
  apply(variables: readonly Variable[], gradients: NamedTensorMap): void;
  dispose(): void;
}

/** The plan's optimiser on the active backend: our one-pass step where the backend has it, else TensorFlow.js' own. */
export function createOptimizer({ optimizer }: TrainingSpec): Optimizer {
  const has = (kernel: string) => getKernel(kernel, engine().backendName) !== undefined;
  if (optimizer.type === 'sgd') return has(SGD_STEP) ? onePassSgd(optimizer.learningRate) : stockOptimizer(train.sgd(optimizer.learningRate));
  return has(ADAM_STEP)
    ? new OnePassAdam(optimizer.learningRate)
    : stockOptimizer(train.adam(optimizer.learningRate, BETA1, BETA2, EPSILON));
}

/** Kingma and Ba 2015 (arXiv:1412.6980); ε is Keras' default, not the paper's 1e-8. */
const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-7;

function stockOptimizer(stock: ReturnType<typeof train.adam> | ReturnType<typeof train.sgd>): Optimizer {
  return {
    apply: (_variables, gradients) => stock.applyGradients(gradients as unknown as { [name: string]: Variable }),
    dispose: () => stock.dispose(),
  };
}

/** The same step as TensorFlow.js' gradient descent, to the bit, by one kernel a variable. */
function onePassSgd(learningRate: number): Optimizer {
  return {
    apply(variables, gradients) {
      for (const variable of variables) {
        const value = tidy(() => engine().runKernel<Tensor>(SGD_STEP, { value: variable, gradient: gradients[variable.name]! }, { learningRate }));
        variable.assign(value);
        value.dispose();
      }
    },
    dispose: () => undefined,
  };
}

interface Moments {
  mean: Tensor;
  variance: Tensor;
}

/** The same step as TensorFlow.js' Adam, by one kernel a variable. */
class OnePassAdam implements Optimizer {
  readonly #moments = new Map<string, Moments>();
  #power1 = 1;
  #power2 = 1;

  constructor(private readonly learningRate: number) {}

  apply(variables: readonly Variable[], gradients: NamedTensorMap): void {
    // Running products, not powers: Math.pow may differ between engines.
    this.#power1 *= BETA1;
    this.#power2 *= BETA2;
    const step: AdamStep = {
      beta1: BETA1, beta2: BETA2, epsilon: EPSILON,
      meanScale: this.learningRate / (1 - this.#power1),
      varianceScale: 1 / (1 - this.#power2),
    };
    for (const variable of variables) this.#update(variable, gradients[variable.name]!, step);
  }

  #update(variable: Variable, gradient: Tensor, step: AdamStep): void {
    const old = this.#moments.get(variable.name) ?? { mean: this.#zeros(variable), variance: this.#zeros(variable) };
    const [value, mean, variance] = tidy(() =>
      engine().runKernel<Tensor[]>(ADAM_STEP, { value: variable, gradient, ...old }, { ...step }),
    ) as [Tensor, Tensor, Tensor];
    variable.assign(value);
    value.dispose();
    old.mean.dispose();
    old.variance.dispose();
    this.#moments.set(variable.name, { mean: engine().keep(mean), variance: engine().keep(variance) });
  }

  #zeros(variable: Variable): Tensor {
    return fill(variable.shape, 0);
  }

  dispose(): void {
    for (const { mean, variance } of this.#moments.values()) {
      mean.dispose();
      variance.dispose();
    }
    this.#moments.clear();
  }
}
