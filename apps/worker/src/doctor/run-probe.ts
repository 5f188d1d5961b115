import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Probe } from './findings.js';

/** src/ and dist/ lie side by side; a process needs the built file. */
export const PROBE_PROGRAM = fileURLToPath(new URL('../../dist/doctor/probe-program.js', import.meta.url));

/** Drivers compile shaders on the first step, software ones slowly. */
const PATIENCE_MS = 90_000;

/** Looks at one backend in a process of its own, so that a driver which crashes or hangs is a finding and no end. */
export function runProbe(backend: string, program = PROBE_PROGRAM, patienceMs = PATIENCE_MS): Promise<Probe> {
  return new Promise((resolve) => {
    execFile(process.execPath, [program, backend], { timeout: patienceMs, killSignal: 'SIGKILL', maxBuffer: 64 * 2 ** 20 }, (error, stdout, stderr) => {
      if (!error) resolve(JSON.parse(stdout) as Probe);
      else if (error.killed) resolve({ available: false, why: `it gave no answer in ${patienceMs / 1000} s` });
      else resolve({ available: false, why: error.signal ? `its process was ended by ${error.signal}` : `its process failed: ${lastWords(stderr)}` });
    });
  });
}

/** The line that names the error, of a stack or a driver's talk. */
function lastWords(stderr: string): string {
  const lines = stderr.split('\n').map((line) => line.trim()).filter((line) => line !== '');
  return (lines.find((line) => /^\w*Error\b/.test(line)) ?? lines.at(-1) ?? 'it said nothing').slice(0, 160);
}
