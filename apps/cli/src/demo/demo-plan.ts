import type { RunPlanInput } from '@fedseal/protocol/plan';
import type { DemoOptions } from './options.js';

/** MNIST's training images, and room for its relatives. */
const LARGEST_DATA_SET = 100_000;

/** The mission's model: 28×28×1 → Conv 32 3×3 → MaxPool → Flatten → Dense 10, trained with Adam. */
export function demoPlan(name: string, options: DemoOptions): RunPlanInput {
  return {
    version: 1,
    name,
    model: {
      name: 'digits-cnn',
      inputShape: [28, 28, 1],
      layers: [
        { type: 'conv2d', filters: 32, kernelSize: 3, activation: 'relu' },
        { type: 'maxPooling2d', poolSize: 2 },
        { type: 'flatten' },
        { type: 'dense', units: 10, activation: 'softmax' },
      ],
      labels: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
    },
    training: { epochs: options.epochs, batchSize: options.batchSize, optimizer: { type: 'adam', learningRate: 0.002 } },
    rounds: options.rounds,
    seed: 1,
    cohort: { size: 'all', minimum: options.workers },
    evaluation: { federated: options.holdOut !== null },
    policy: {
      quorum: Math.max(1, Math.ceil(options.workers / 2)),
      deadlineSeconds: 1800,
      // No worker can weigh more than all the images there are: a declared number is not verified.
      examplesCap: options.data === 'synthetic' ? options.examples : LARGEST_DATA_SET,
    },
  };
}
