import { fileURLToPath } from 'node:url';

/** The programs the command starts. Apps never import each other; they meet as processes. */
function entry(app: string, file: string): string {
  // src/ and dist/ lie side by side, so this holds from both.
  return fileURLToPath(new URL(`../../../${app}/dist/${file}`, import.meta.url));
}

export const COORDINATOR = entry('coordinator', 'main.js');
export const WORKER = entry('worker', 'main.js');
export const WORKER_DOCTOR = entry('worker', 'doctor/doctor-program.js');
export const TRAIN_BENCH = entry('worker', 'bench/train-bench.js');
export const APPEND_BENCH = entry('coordinator', 'bench/append-bench.js');
export const ROUND_BENCH = entry('coordinator', 'bench/round-bench.js');
export const SIMULATION_HOST = entry('worker', 'simulate.js');
