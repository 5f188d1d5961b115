import { missionCnn } from '@fedseal/model/layers/presets';
import { chooseBackend } from '../trainer/backends/choose-backend.js';
import type { BenchRow } from './measure-training.js';
import { median, openSubject, timeSteps } from './train-subject.js';

export interface WebgpuOptions {
  readonly batchSize: number;
  /** Turns that count; one more goes before them to warm up and to compile shaders. */
  readonly turns: number;
  readonly nowMs?: () => number;
}

/**
 * Images a second of the 3×3×32 CNN on WebGPU against WASM, turn about in one process.
 * @throws WorkerError `backend.unavailable` without an adapter
 */
export async function measureWebgpu({ batchSize, turns, nowMs = () => performance.now() }: WebgpuOptions): Promise<BenchRow[]> {
  const webgpu = await chooseBackend('webgpu');
  const wasm = await chooseBackend('wasm');
  const choice = { model: missionCnn, batchSize, optimizer: { type: 'adam', learningRate: 0.001 } } as const;
  const [onWebgpu, onWasm] = [await openSubject(choice, webgpu.activate), await openSubject(choice, wasm.activate)];
  const times = { webgpu: [] as number[], wasm: [] as number[] };
  for (let turn = 0; turn <= turns; turn++) {
    const gpu = await timeSteps(onWebgpu, 2, nowMs);
    const cpu = await timeSteps(onWasm, 2, nowMs);
    if (turn === 0) continue;
    times.webgpu.push(...gpu);
    times.wasm.push(...cpu);
  }
  await onWebgpu.close();
  await onWasm.close();
  const value = (batchSize * 1000) / median(times.webgpu);
  return [{
    name: 'train/webgpu', value, unit: `images/s on ${webgpu.reason}`, against: 'wasm backend', ratio: median(times.wasm) / median(times.webgpu),
  }];
}
