/// <reference types="node" />
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { BenchRow } from '../bench/bench-row.js';
import { CNN, parametersOf } from '../bench/bench-updates.js';

/** Updates that the process folds: ten times what the other rows do, to show that memory does not follow. */
const UPDATES = 1000;

/**
 * Megabytes by which a process grows while it folds a thousand updates that arrive one after another, the arriving ones included,
 * beside the bytes of one model: sums take twice a model, four waiting updates four times.
 */
export async function measureMemory(): Promise<BenchRow> {
  const built = import.meta.url.replace(/\/src\/native\/[^/]+\.ts$/, '/dist/native/memory-bench.js');
  const program = fileURLToPath(new URL('./memory-child.js', built));
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', program, String(UPDATES)]);
  const megabytes = Number(stdout) / 1e6;
  return {
    name: 'aggregate/exact-memory', value: megabytes, unit: `MB for ${UPDATES} updates`, against: 'one model in float32',
    ratio: (megabytes * 1e6) / (parametersOf(CNN) * 4),
  };
}
