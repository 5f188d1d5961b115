import { add, clone, engine, mul, sub, tidy, type NamedTensorMap, type Tensor, type Variable } from '@tensorflow/tfjs-core';
import type { Optimizer } from './optimizers.js';

/**
 * FedProx' client term: minimises h(w) = F(w) + μ/2 · ‖w − wᵗ‖² instead of F(w) (Li et al. 2020, "Federated optimization in
 * heterogeneous networks", MLSys, equation 2), so that a worker with unusual data or many epochs strays less from the round's model.
 * To every gradient it adds μ · (w − wᵗ), then `optimizer` takes its step.
 *
 * wᵗ is what the variables hold when the first step is applied: begin from the round's base model.
 * @param mu μ of the paper, ≥ 0; 0 gives `optimizer` itself
 */
export function withProximalTerm(optimizer: Optimizer, mu: number): Optimizer {
  return mu === 0 ? optimizer : new ProximalOptimizer(optimizer, mu);
}

class ProximalOptimizer implements Optimizer {
  readonly #anchors = new Map<string, Tensor>();

  constructor(
    private readonly optimizer: Optimizer,
    private readonly mu: number,
  ) {}

  apply(variables: readonly Variable[], gradients: NamedTensorMap): void {
    const pulled = tidy(() => Object.fromEntries(variables.map((variable) => [variable.name, this.#pull(variable, gradients[variable.name]!)])));
    this.optimizer.apply(variables, pulled);
    for (const gradient of Object.values(pulled)) gradient.dispose();
  }

  #pull(variable: Variable, gradient: Tensor): Tensor {
    let anchor = this.#anchors.get(variable.name);
    if (!anchor) {
      // A clone holds on to the data of now: a variable is assigned new data, never written into.
      anchor = engine().keep(clone(variable));
      this.#anchors.set(variable.name, anchor);
    }
    return add(gradient, mul(sub(variable, anchor), this.mu));
  }

  dispose(): void {
    for (const anchor of this.#anchors.values()) anchor.dispose();
    this.#anchors.clear();
    this.optimizer.dispose();
  }
}
