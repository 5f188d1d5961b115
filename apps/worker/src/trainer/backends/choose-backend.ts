import { WorkerError } from '../../worker-error.js';
import type { Backend, OpenBackend } from './backend.js';
import { cpuBackend } from './cpu.backend.js';
import { tfjsNodeBackend } from './tfjs-node.backend.js';
import { wasmBackend } from './wasm.backend.js';
import { webgpuBackend } from './webgpu.backend.js';

export type BackendChoice = 'auto' | 'wasm' | 'webgpu' | 'tfjs-node' | 'cpu';

/**
 * What a choice tries, in order: the fastest that a host may have comes first.
 * @param packageFolder where @tensorflow/tfjs-node or -gpu lies, when that is not the worker's own installation
 */
export function candidatesOf(choice: BackendChoice, packageFolder?: string): readonly Backend[] {
  const native = [tfjsNodeBackend('tfjs-node-gpu', packageFolder), tfjsNodeBackend('tfjs-node', packageFolder)];
  switch (choice) {
    case 'auto':
      return [...native, webgpuBackend, wasmBackend, cpuBackend];
    case 'tfjs-node':
      return native;
    case 'webgpu':
      return [webgpuBackend];
    case 'wasm':
      return [wasmBackend];
    case 'cpu':
      return [cpuBackend];
  }
}

/**
 * Opens the first backend that works here.
 * @returns with one line that says what it is and why those before it were not taken
 * @throws WorkerError `backend.unavailable` when the one asked for is not there
 */
export async function chooseBackend(choice: BackendChoice, candidates = candidatesOf(choice)): Promise<OpenBackend> {
  const passedOver: string[] = [];
  for (const candidate of candidates) {
    const answer = await candidate.open({ explicit: choice !== 'auto' });
    if (answer.available) {
      const before = passedOver.length === 0 ? '' : ` (${passedOver.join('; ')})`;
      return { name: candidate.name, reason: `${answer.detail}${before}`, activate: answer.activate };
    }
    passedOver.push(`${candidate.name}: ${answer.why}`);
  }
  throw new WorkerError('backend.unavailable', `The backend ${choice} does not work here (${passedOver.join('; ')}); use --backend auto.`);
}
