/**
 * A Fedseal worker with everything but the training: its own key and process, the whole protocol, and a trainer that adds a
 * constant to every weight, as the Flower side's numpy client does.
 *
 *     node fedseal-light-worker.mjs --home DIR --client N [--invite CODE …as the worker]
 */
import { readConfig } from '../../apps/worker/dist/config/config.js';
import { parseArguments } from '../../apps/worker/dist/config/arguments.js';
import { textReporter } from '../../apps/worker/dist/output/reporters.js';
import { runWorker } from '../../apps/worker/dist/start-worker.js';

const argv = process.argv.slice(2);
const at = argv.indexOf('--client');
const [, client] = argv.splice(at, 2);
const EXAMPLES = 600;
const figures = { loss: 0.5, accuracy: 0.5, imagesPerSecond: 1 };

const trainer = {
  backend: 'cpu',
  reason: 'nothing is trained',
  train: async ({ base }) => ({
    deltas: base.map(({ name, shape, data }) => ({ name, shape, data: new Float32Array(data.length).fill(1e-3 * (Number(client) + 1)) })),
    examples: EXAMPLES,
    ...figures,
  }),
  evaluate: async () => ({ ...figures, examples: EXAMPLES }),
  close: () => undefined,
};
const dataset = { images: new Uint8Array(28 * 28), labels: new Uint8Array(1), shape: [28, 28, 1], count: EXAMPLES, classes: 10 };

const ending = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => ending.abort());
await runWorker({
  args: parseArguments([...argv, '--data', 'synthetic']),
  config: readConfig(),
  report: textReporter({ write: (line) => process.stdout.write(line), nowMs: Date.now }),
  signal: ending.signal,
  openWorkbench: async () => ({ trainer, dataset }),
});
