import { dispose } from '@tensorflow/tfjs-core';
import { initialTensors } from '@fedseal/model/init/initial-tensors';
import { missionCnn } from '@fedseal/model/layers/presets';
import type { TrainingSpec } from '@fedseal/protocol/plan';
import { drawDigits, planDigits } from '../data/synthetic-digits.js';
import { chooseBackend, type BackendChoice } from '../trainer/backends/choose-backend.js';
import { BatchReader } from '../trainer/batch-reader.js';
import { buildModel } from '../trainer/build-model.js';
import { ModelSession } from '../trainer/model-session.js';
import { createOptimizer } from '../trainer/optimizers.js';

/** One figure beside one baseline, both measured in the same run. */
export interface BenchRow {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly against: string;
  /** value ÷ the baseline's. */
  readonly ratio: number;
}

const TRAINING: TrainingSpec = {
  epochs: 1, batchSize: 64, optimizer: { type: 'adam', learningRate: 0.001 }, loss: 'sparseCategoricalCrossentropy', inputScale: 255,
};

export interface MeasureOptions {
  /** Turns that count, each with one step on `cpu`; one more goes before them to warm up. */
  readonly turns: number;
  /** Steps on `wasm` a turn. */
  readonly stepsPerTurn: number;
  readonly batchSize?: number;
  /** A monotonic clock. */
  readonly nowMs?: () => number;
}

/**
 * Images a second through forward, backward and Adam of the 3×3×32 CNN at batch 64 (unless told otherwise) on one core, WASM against the plain
 * JavaScript backend of TensorFlow.js. The two take turns in one process; values are medians over steps, and a step begins
 * with stored bytes and ends when its loss can be read.
 */
export async function measureTraining(options: MeasureOptions): Promise<BenchRow[]> {
  const { turns, stepsPerTurn, batchSize = TRAINING.batchSize, nowMs = () => performance.now() } = options;
  const wasm = await openSubject('wasm', batchSize);
  const cpu = await openSubject('cpu', batchSize);
  const wasmMs: number[] = [];
  const cpuMs: number[] = [];
  for (let turn = 0; turn <= turns; turn++) {
    const onWasm = await timeSteps(wasm, stepsPerTurn, nowMs);
    const onCpu = await timeSteps(cpu, 1, nowMs);
    if (turn === 0) continue;
    wasmMs.push(...onWasm);
    cpuMs.push(...onCpu);
  }
  await wasm.close();
  await cpu.close();
  const imagesPerSecond = (times: readonly number[]) => (batchSize * 1000) / median(times);
  const value = imagesPerSecond(wasmMs);
  return [{ name: 'train/wasm', value, unit: 'images/s', against: 'cpu backend', ratio: value / imagesPerSecond(cpuMs) }];
}

interface Subject {
  activate(): Promise<void>;
  step(): Promise<void>;
  close(): Promise<void>;
}

async function openSubject(choice: BackendChoice, batchSize: number): Promise<Subject> {
  const { activate } = await chooseBackend(choice);
  const everything = Uint32Array.from({ length: batchSize }, (_, index) => index);
  const batches = new BatchReader(drawDigits(planDigits(batchSize, 1, 'train'), everything), TRAINING.inputScale);
  const session = new ModelSession(buildModel(missionCnn), initialTensors(missionCnn, 1));
  const optimizer = createOptimizer(TRAINING);
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

/** Changing the backend is outside the clock. */
async function timeSteps(subject: Subject, steps: number, nowMs: () => number): Promise<number[]> {
  await subject.activate();
  const times: number[] = [];
  for (let step = 0; step < steps; step++) {
    const start = nowMs();
    await subject.step();
    times.push(nowMs() - start);
  }
  return times;
}

function median(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)]!;
}
