import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CliError } from '../cli-error.js';
import { parseCurve } from '../simulate/curve.js';
import type { PaperTableOptions } from './options.js';
import { CLIENTS, trialName, type Trial } from './rows.js';
import { trialPlan } from './trial-plan.js';

const COMMAND = fileURLToPath(new URL('../../bin/fedseal.mjs', import.meta.url));

/**
 * Runs one trial through `fedseal simulate`, from where it stopped; one whose curve is complete is left alone.
 * @returns the command's exit status; `complete` when nothing was to do, `orphaned` for a shorter curve whose simulation is not here
 * @throws CliError when the simulation cannot be started
 */
export async function runTrial(trial: Trial, options: PaperTableOptions): Promise<number | 'complete' | 'orphaned'> {
  const name = trialName(trial);
  const rounds = options.rounds ?? trial.row.rounds;
  const file = join(options.results, `${name}.jsonl`);
  const done = await roundsDone(file);
  if (done >= rounds) return 'complete';
  const folder = join(options.home, name);
  const begun = existsSync(join(folder, 'simulation.json'));
  // A curve goes on only with the simulation it is of.
  if (done > 0 && !begun) return 'orphaned';
  mkdirSync(folder, { recursive: true });
  const plan = join(options.home, `${name}.plan.json`);
  writeFileSync(plan, `${JSON.stringify(trialPlan(trial, rounds), null, 2)}\n`);
  const status = await simulate([
    plan, '--clients', String(CLIENTS), '--data', options.data, '--partition', trial.row.partition, '--seed', String(trial.seed),
    '--home', folder, '--out', options.results, ...options.passed,
    ...(begun ? ['--resume'] : []),
  ]);
  if (status === 0 && !options.keepHomes) {
    rmSync(folder, { recursive: true, force: true });
    rmSync(plan, { force: true });
  }
  return status;
}

async function roundsDone(file: string): Promise<number> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return parseCurve(text.slice(0, text.lastIndexOf('\n') + 1)).length;
}

function simulate(args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [COMMAND, 'simulate', ...args], { stdio: 'inherit' });
  const pass = (signal: NodeJS.Signals) => child.kill(signal);
  process.on('SIGINT', pass).on('SIGTERM', pass);
  return new Promise((resolve, reject) => {
    child.once('error', (cause) => reject(new CliError('simulate.failed', `The simulation cannot be started: ${cause.message}.`, 3, { cause })));
    child.once('exit', (code) => {
      process.off('SIGINT', pass).off('SIGTERM', pass);
      resolve(code ?? 130);
    });
  });
}
