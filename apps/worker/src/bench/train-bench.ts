import { parseArgs } from 'node:util';
import { readConfig } from '../config/config.js';
import { candidatesOf, chooseBackend, type BackendChoice } from '../trainer/backends/choose-backend.js';
import { WorkerError } from '../worker-error.js';
import { measureAgainstTorch } from './measure-against-torch.js';
import { measureTraining, type BenchRow } from './measure-training.js';
import { measureWebgpu } from './measure-webgpu.js';

/**
 * `node apps/worker/dist/bench/train-bench.js [--only wasm|webgpu|torch] [--python PATH] [--backend NAME] [--batch 10,32,64] [--turns N]
 * [--format text|json]`: rows on standard output. What cannot be measured here is skipped by name on standard error.
 */
const { values } = parseArgs({
  options: {
    only: { type: 'string', default: 'wasm' }, python: { type: 'string' }, backend: { type: 'string', default: 'wasm' },
    batch: { type: 'string', default: '10,32,64' }, turns: { type: 'string', default: '5' }, format: { type: 'string', default: 'text' },
  },
});
const turns = Number(values.turns);

const BENCHES: Readonly<Record<string, () => Promise<BenchRow[]>>> = {
  wasm: () => measureTraining({ turns, stepsPerTurn: 40 }),
  webgpu: () => measureWebgpu({ batchSize: 64, turns }),
  torch: torchRows,
};

async function torchRows(): Promise<BenchRow[]> {
  if (values.python === undefined) return skip('train/torch', 'name a Python that has torch with --python');
  const choice = values.backend as BackendChoice;
  const backend = await chooseBackend(choice, candidatesOf(choice, readConfig().tfjsNodeFolder));
  return measureAgainstTorch({ python: values.python, backend, batchSizes: values.batch.split(',').map(Number), turns, stepsPerTurn: 5 });
}

function skip(name: string, why: string): BenchRow[] {
  process.stderr.write(`${name} skipped: ${why}\n`);
  return [];
}

const bench = BENCHES[values.only];
if (!bench) throw new WorkerError('usage.only', `--only takes ${Object.keys(BENCHES).join(', ')}; not "${values.only}".`);
const rows = await bench().catch((error: unknown) => {
  if (error instanceof WorkerError && error.code === 'backend.unavailable') return skip(`train/${values.only}`, error.message);
  throw error;
});
const text = values.format === 'json'
  ? `${JSON.stringify(rows)}\n`
  : rows.map(({ name, value, unit, against, ratio }) => `${name}: ${value.toFixed(0)} ${unit}, ${ratio.toFixed(2)} × ${against}\n`).join('');
// Ends here whatever a driver's threads still do.
process.stdout.write(text, () => process.exit());
