import type { Xoshiro128 } from '../../init/xoshiro128.js';
import type { Tensor } from '../../tensors.js';

/** Examples in rows. */
export interface Examples {
  readonly count: number;
  /** count × features, about 0 to 1 in magnitude. */
  readonly inputs: Float32Array;
  /** 0 to classes − 1 each. */
  readonly labels: Uint8Array;
}

export interface Problem {
  readonly features: number;
  readonly classes: number;
}

export interface LocalTraining {
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
}

/**
 * Multinomial logistic regression, `softmax(xW + b)` with cross-entropy: the smallest model on which an attack shows, in plain
 * TypeScript. Only benches and tests train here.
 */
export class SoftmaxRegression {
  constructor(private readonly problem: Problem) {}

  /** All zeros: the loss is convex. */
  initial(): Tensor[] {
    const { features, classes } = this.problem;
    return [
      { name: 'kernel', shape: [features, classes], data: new Float32Array(features * classes) },
      { name: 'bias', shape: [classes], data: new Float32Array(classes) },
    ];
  }

  /** @returns Δ = w − base after plain SGD over the examples in an order drawn from `random` */
  train(base: readonly Tensor[], examples: Examples, { epochs, batchSize, learningRate }: LocalTraining, random: Xoshiro128): Tensor[] {
    const { features, classes } = this.problem;
    const [kernel, bias] = base.map(({ data }) => data.slice()) as [Float32Array, Float32Array];
    const order = Uint32Array.from({ length: examples.count }, (_, i) => i);
    const errors = new Float64Array(batchSize * classes);
    for (let epoch = 0; epoch < epochs; epoch++) {
      shuffle(order, random);
      for (let start = 0; start < order.length; start += batchSize) {
        const batch = order.subarray(start, start + batchSize);
        batch.forEach((example, k) => {
          const row = errors.subarray(k * classes, (k + 1) * classes);
          this.probabilities(kernel, bias, examples.inputs.subarray(example * features, (example + 1) * features), row);
          const label = examples.labels[example]!;
          row[label] = row[label]! - 1;
        });
        const rate = learningRate / batch.length;
        batch.forEach((example, k) => {
          const at = example * features;
          for (let c = 0; c < classes; c++) bias[c] = bias[c]! - rate * errors[k * classes + c]!;
          for (let f = 0; f < features; f++) {
            const input = examples.inputs[at + f]! * rate;
            if (input === 0) continue;
            for (let c = 0; c < classes; c++) kernel[f * classes + c] = kernel[f * classes + c]! - input * errors[k * classes + c]!;
          }
        });
      }
    }
    return [kernel, bias].map((data, t) => ({ ...base[t]!, data: data.map((value, i) => value - base[t]!.data[i]!) }));
  }

  /** @returns the share of examples whose most likely class is theirs */
  accuracy(model: readonly Tensor[], examples: Examples): number {
    const { features, classes } = this.problem;
    const [kernel, bias] = model.map(({ data }) => data) as [Float32Array, Float32Array];
    const row = new Float64Array(classes);
    let right = 0;
    for (let example = 0; example < examples.count; example++) {
      this.probabilities(kernel, bias, examples.inputs.subarray(example * features, (example + 1) * features), row);
      if (row.indexOf(Math.max(...row)) === examples.labels[example]) right += 1;
    }
    return right / examples.count;
  }

  private probabilities(kernel: Float32Array, bias: Float32Array, input: Float32Array, out: Float64Array): void {
    const { classes } = this.problem;
    out.set(bias);
    for (let f = 0; f < input.length; f++) {
      const value = input[f]!;
      if (value === 0) continue;
      for (let c = 0; c < classes; c++) out[c] = out[c]! + value * kernel[f * classes + c]!;
    }
    const most = Math.max(...out);
    let sum = 0;
    for (let c = 0; c < classes; c++) sum += out[c] = Math.exp(out[c]! - most);
    for (let c = 0; c < classes; c++) out[c] = out[c]! / sum;
  }
}

/** Fisher and Yates. */
export function shuffle(order: Uint32Array, random: Xoshiro128): void {
  for (let i = order.length - 1; i > 0; i--) {
    const j = random.next() % (i + 1);
    const kept = order[i]!;
    order[i] = order[j]!;
    order[j] = kept;
  }
}
