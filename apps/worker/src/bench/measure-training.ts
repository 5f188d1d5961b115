import { missionCnn } from '@fedseal/model/layers/presets';
import { chooseBackend, type BackendChoice } from '../trainer/backends/choose-backend.js';
import { median, openSubject, timeSteps, type TrainSubject } from './train-subject.js';

/** One figure beside one baseline, both measured in the same run. */
export interface BenchRow {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly against: string;
  /** value ÷ the baseline's. */
  readonly ratio: number;
}

const BATCH_SIZE = 64;

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
  const { turns, stepsPerTurn, batchSize = BATCH_SIZE, nowMs = () => performance.now() } = options;
  const wasm = await open('wasm', batchSize);
  const cpu = await open('cpu', batchSize);
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

async function open(choice: BackendChoice, batchSize: number): Promise<TrainSubject> {
  const { activate } = await chooseBackend(choice);
  return openSubject({ model: missionCnn, batchSize, optimizer: { type: 'adam', learningRate: 0.001 } }, activate);
}
