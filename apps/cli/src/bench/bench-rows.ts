import { spawn } from 'node:child_process';
import { benchSearch } from '@fedseal/chain/native/search-bench';
import { benchThreads } from '@fedseal/chain/native/threads-bench';
import { benchVerify } from '@fedseal/chain/native/verify-bench';
import { benchExact, benchScale } from '@fedseal/model/native/exact-bench';
import { benchFoldThreads } from '@fedseal/model/native/fold-threads-bench';
import { benchIngest } from '@fedseal/model/native/ingest-bench';
import { benchKrum, benchMedian } from '@fedseal/model/native/robust-bench';
import { CliError, EXIT } from '../cli-error.js';
import { childEnvironment } from '../config/cli-config.js';
import { APPEND_BENCH, ROUND_BENCH, TRAIN_BENCH } from '../processes/entry-points.js';
import type { BenchRow } from './bench-row.js';

export interface BenchOptions {
  /** A Python interpreter that has flwr and torch, for the rows that are measured beside Flower's own functions and PyTorch. */
  readonly python: string | undefined;
  note(text: string): void;
}

/** Every figure of `fedseal bench`, by name. Each measures its baseline beside it. */
export const BENCHES: Readonly<Record<string, (options: BenchOptions) => Promise<readonly BenchRow[]>>> = {
  'pow/search': () => Promise.resolve(benchSearch({ seconds: 6 })),
  'pow/threads': () => benchThreads({ seconds: 12 }),
  'chain/verify': () => benchVerify(),
  'chain/append': () => benchProgram(APPEND_BENCH),
  'aggregate/exact': async (options) => [...(await benchExact(options)), ...(await benchScale(options))],
  'aggregate/threads': () => benchFoldThreads(),
  'aggregate/ingest': () => Promise.resolve(benchIngest()),
  'aggregate/median': (options) => benchMedian(options),
  'aggregate/krum': (options) => benchKrum(options),
  'train/wasm': () => benchProgram(TRAIN_BENCH),
  'train/webgpu': () => benchProgram(TRAIN_BENCH, ['--only', 'webgpu']),
  'train/torch': ({ python }) => benchProgram(TRAIN_BENCH, ['--only', 'torch', ...(python === undefined ? [] : ['--python', python])]),
  'round/overhead': () => benchProgram(ROUND_BENCH),
};

/** Runs a program that prints its rows as a JSON array on standard output. */
async function benchProgram(entry: string, flags: readonly string[] = []): Promise<BenchRow[]> {
  const child = spawn(process.execPath, [entry, '--format', 'json', ...flags], { stdio: ['ignore', 'pipe', 'inherit'], env: childEnvironment({}) });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  if (code !== 0) throw new CliError('bench.failed', `The benchmark ${entry} ended with status ${code}; what it printed above says why.`, EXIT.refuted);
  return JSON.parse(text) as BenchRow[];
}
