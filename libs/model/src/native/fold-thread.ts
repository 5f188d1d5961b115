/// <reference types="node" />
import { parentPort, workerData } from 'node:worker_threads';
import { runFold, sumKernel } from '../aggregate/sum-kernel.js';
import type { WasmMemory } from '../platform.js';
import { FoldSlot, STATE, type FoldThreadData } from './fold-slot.js';

/** A thread of `FoldThreads`: waits for a job, folds its range, says how far it came. It lives until it is terminated. */
const { memory, control, index } = workerData as FoldThreadData & { memory: WasmMemory };
const kernel = sumKernel(memory);
const slot = new FoldSlot(control, index);
slot.become(STATE.idle);
parentPort?.postMessage('started');
for (;;) {
  slot.waitWhile(STATE.idle);
  if (slot.state !== STATE.busy) break;
  try {
    slot.finish(runFold(kernel, slot.job()));
  } catch (error) {
    // The caller waits without looking at events: it learns of the failure from the slot.
    slot.become(STATE.failed);
    throw error;
  }
}
