/**
 * Fedseal and Flower side by side: the same CNN, data, partition, epochs, batch and rounds.
 *
 *     npm run bench:flower -- --python VENV/bin/python [--trainer light|train] [--clients 10] [--rounds 10]
 *       [--systems fedseal,flower,flower-simulation] [--data DIR]
 *
 * `light` adds a constant to every weight on both sides, so that the frameworks are compared and not the trainers; `train` trains
 * McMahan's CNN on MNIST, Flower with PyTorch, Fedseal with its WebAssembly trainer. Results are kept in bench/flower/results and
 * `node bench/flower/table.mjs` writes them into docs/FLOWER.md. Needs Linux, root (for the network namespaces) and a virtual
 * environment with `flwr[simulation]` and, to train, `torch`.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync, readFileSync, rmSync, chmodSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { splitIdx } from './data/split-idx.mjs';
import { openNetwork } from './measure/network.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const { values } = parseArgs({
  options: {
    python: { type: 'string' },
    trainer: { type: 'string', default: 'light' },
    clients: { type: 'string', default: '10' },
    rounds: { type: 'string', default: '10' },
    epochs: { type: 'string', default: '1' },
    batch: { type: 'string', default: '32' },
    'learning-rate': { type: 'string', default: '0.1' },
    systems: { type: 'string', default: 'fedseal,flower,flower-simulation' },
    data: { type: 'string', default: '../shared/data/mnist' },
  },
});
const systems = values.systems.split(',');
if (systems.some((system) => system.startsWith('flower')) && values.python === undefined) {
  console.error('Name the Python of a virtual environment that has flwr: --python VENV/bin/python. Without it: --systems fedseal.');
  process.exit(2);
}
if (values.trainer !== 'light' && values.trainer !== 'train') {
  console.error('--trainer is light or train.');
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), 'fedseal-flower-'));
chmodSync(folder, 0o755);
const network = openNetwork();
process.once('exit', () => network.close());
const shared = {
  trainer: values.trainer, clients: Number(values.clients), rounds: Number(values.rounds), epochs: Number(values.epochs),
  batch: Number(values.batch), learningRate: Number(values['learning-rate']), python: values.python && resolve(values.python),
  address: network.address, inClients: network.inClients,
};
if (values.trainer === 'train') {
  shared.data = join(folder, 'data');
  splitIdx(resolve(values.data), shared.data, shared.clients);
}

const results = [];
for (const system of systems) {
  const own = join(folder, system);
  mkdirSync(own);
  chmodSync(own, 0o755);
  console.log(`${system}: ${shared.clients} clients, ${shared.rounds} rounds, trainer ${shared.trainer}`);
  const answer = join(own, 'result.json');
  const [command, ...prefix] = network.inServer;
  execFileSync(command, [...prefix, process.execPath, join(here, 'run-system.mjs'), system, JSON.stringify({ ...shared, folder: own }), answer], { stdio: 'inherit' });
  const result = JSON.parse(readFileSync(answer, 'utf8'));
  results.push(result);
  console.log(JSON.stringify(result));
}
const { trainer, clients, rounds, epochs, batch, learningRate, python } = shared;
const conditions = { trainer, clients, rounds, epochs, batch, learningRate };
const versions = python === undefined ? null : execFileSync(python, ['-c', 'import flwr, numpy; print(flwr.__version__, numpy.__version__)'], { encoding: 'utf8' }).trim();
const outcome = {
  conditions, machine: { cpu: cpus()[0].model, cores: cpus().length, node: process.version, flowerAndNumpy: versions }, results,
};
mkdirSync(join(here, 'results'), { recursive: true });
const file = join(here, 'results', `${shared.trainer}-${shared.clients}.json`);
writeFileSync(file, `${JSON.stringify(outcome, null, 1)}\n`);
rmSync(folder, { recursive: true, force: true });
console.log(`Kept in ${file}.`);
