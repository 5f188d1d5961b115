import { dispose } from '@tensorflow/tfjs-core';
import { initialTensors } from '@fedseal/model/init/initial-tensors';
import type { ModelSpec } from '@fedseal/model/layers/layer-spec';
import type { TrainingSpec } from '@fedseal/protocol/plan';
import { drawDigits, planDigits } from '../data/synthetic-digits.js';
import { BatchReader } from '../trainer/batch-reader.js';
import { buildModel } from '../trainer/build-model.js';
import { ModelSession } from '../trainer/model-session.js';
import { createOptimizer } from '../trainer/optimizers.js';

/** Steps of one model on one backend, to be timed: each begins with stored bytes and ends when its loss can be read. */
export interface TrainSubject {
  /** Makes its backend the one that computes: outside the clock. */
  activate(): Promise<void>;
  step(): Promise<void>;
  close(): Promise<void>;
}

export interface SubjectChoice {
  readonly model: ModelSpec;
  readonly batchSize: number;
  readonly optimizer: TrainingSpec['optimizer'];
}

/** @param activate of the backend that was opened */
export async function openSubject({ model, batchSize, optimizer: choice }: SubjectChoice, activate: () => Promise<void>): Promise<TrainSubject> {
  await activate();
  const training: TrainingSpec = { epochs: 1, batchSize, optimizer: choice, loss: 'sparseCategoricalCrossentropy', inputScale: 255 };
  const everything = Uint32Array.from({ length: batchSize }, (_, index) => index);
  const batches = new BatchReader(drawDigits(planDigits(batchSize, 1, 'train'), everything), training.inputScale);
  const session = new ModelSession(buildModel(model), initialTensors(model, 1));
  const optimizer = createOptimizer(training);
  return {
    activate,
    async step() {
      const { loss, correct } = session.step(batches.read(everything), optimizer);
      await loss.data();
      dispose([loss, correct]);
    },
    async close() {
      await activate();
      optimizer.dispose();
      session.dispose();
    },
  };
}

/** Milliseconds of each of `steps` steps. */
export async function timeSteps(subject: TrainSubject, steps: number, nowMs: () => number): Promise<number[]> {
  await subject.activate();
  const times: number[] = [];
  for (let step = 0; step < steps; step++) {
    const start = nowMs();
    await subject.step();
    times.push(nowMs() - start);
  }
  return times;
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
