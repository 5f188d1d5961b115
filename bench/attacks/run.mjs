/**
 * Every strategy against every attack, on softmax regression in plain TypeScript:
 *
 *     npm run bench:attacks -- [--data DIR] [--rounds 20]
 *
 * Writes results.json beside this file and the table of docs/STRATEGIES.md. DIR holds MNIST's four IDX files, gzip or not. What
 * results.json has for the same settings is not run again; `--fresh` runs everything.
 */
import { readFileSync, writeFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { labelFlip, noise, signFlip } from '@fedseal/model/bench/attacks/attack';
import { attackedRun } from '@fedseal/model/bench/attacks/attacked-run';

const { values } = parseArgs({
  options: { data: { type: 'string', default: '../shared/data/mnist' }, rounds: { type: 'string', default: '20' }, fresh: { type: 'boolean', default: false } },
});

const CLIENTS = 20;
const EXAMPLES = 300;
const SEED = 1;
const CLIP = 1;
/** Of 20: 20 % and 30 %. */
const ATTACKERS = [4, 6];
const ATTACKS = [signFlip(4), noise(1), labelFlip()];
const moments = { beta1: 0.9, beta2: 0.99, tau: 0.001 };
const DEFENCES = [
  { title: '`fedavg`', strategy: { name: 'fedavg' } },
  { title: `\`fedavg\`, \`clip.norm: ${CLIP}\``, strategy: { name: 'fedavg' }, clip: { norm: CLIP } },
  { title: '`fedavgm`, η 1, β 0.5', strategy: { name: 'fedavgm', eta: 1, beta: 0.5 } },
  { title: '`fedadagrad`, η 0.1', strategy: { name: 'fedadagrad', eta: 0.1, beta1: 0, tau: 0.001 } },
  { title: '`fedadam`, η 0.01', strategy: { name: 'fedadam', eta: 0.01, ...moments } },
  { title: '`fedyogi`, η 0.01', strategy: { name: 'fedyogi', eta: 0.01, ...moments } },
  { title: '`median`', strategy: { name: 'median' } },
  { title: '`trimmed-mean`, trim 6', strategy: { name: 'trimmed-mean', trim: 6 } },
  { title: '`krum`, f 6', strategy: { name: 'krum', f: 6 } },
  { title: '`multi-krum`, f 6, m 14', strategy: { name: 'multi-krum', f: 6, m: 14 } },
];

function idx(name) {
  const packed = join(values.data, `${name}.gz`);
  const bytes = existsSync(packed) ? gunzipSync(readFileSync(packed)) : readFileSync(join(values.data, name));
  return bytes.subarray(4 + 4 * bytes[3]);
}

/** @param order which images of the file */
function examples(images, labels, order) {
  const inputs = new Float32Array(order.length * 784);
  order.forEach((image, k) => {
    for (let p = 0; p < 784; p++) inputs[k * 784 + p] = images[image * 784 + p] / 255;
  });
  return { count: order.length, inputs, labels: Uint8Array.from(order, (image) => labels[image]) };
}

const images = idx('train-images-idx3-ubyte');
const labels = idx('train-labels-idx1-ubyte');
const range = (count, at) => Array.from({ length: count }, (_, i) => at(i));
/** The file is in random order, so its beginning is a sample. */
const used = range(CLIENTS * EXAMPLES, (i) => i);
const iid = range(CLIENTS, (k) => examples(images, labels, used.slice(k * EXAMPLES, (k + 1) * EXAMPLES)));
/** McMahan's split: sorted by label, cut into two shards a client; shard k and k + 20 go together. */
const sorted = [...used].sort((a, b) => labels[a] - labels[b] || a - b);
const half = EXAMPLES / 2;
const shards = range(CLIENTS, (k) => examples(images, labels, [k, k + CLIENTS].flatMap((s) => sorted.slice(s * half, (s + 1) * half))));
const test = examples(idx('t10k-images-idx3-ubyte'), idx('t10k-labels-idx1-ubyte'), range(10_000, (i) => i));
const scenario = {
  features: 784, classes: 10, parts: iid, test, rounds: Number(values.rounds),
  training: { epochs: 1, batchSize: 10, learningRate: 0.05 }, seed: SEED,
};

const here = new URL('./', import.meta.url);
const file = new URL('results.json', here);
const settings = { clients: CLIENTS, examples: EXAMPLES, rounds: scenario.rounds, training: scenario.training, seed: SEED };
const stored = existsSync(file) && !values.fresh ? JSON.parse(readFileSync(file, 'utf8')) : { results: [] };
const known = JSON.stringify(stored.settings) === JSON.stringify(settings) ? stored.results : [];
const results = [];

async function play(at, { title, ...defence }, attackers, attack) {
  const run = { title, ...defence, partition: at === scenario ? 'iid' : 'shards', attack: attack?.name ?? null, attackers };
  const same = known.find((other) => JSON.stringify({ ...other, accuracies: undefined }) === JSON.stringify(run));
  const accuracies = same?.accuracies ?? (await attackedRun(at, defence, attackers, attack));
  results.push({ ...run, accuracies });
  console.log(`${title}  ${run.partition}  ${run.attack ?? 'no attack'}  ${attackers} of ${CLIENTS}: ${(100 * accuracies.at(-1)).toFixed(1)} %`);
}

for (const defence of DEFENCES) {
  await play(scenario, defence, 0);
  for (const attack of ATTACKS) for (const attackers of ATTACKERS) await play(scenario, defence, attackers, attack);
  await play({ ...scenario, parts: shards }, defence, 0);
  // Runs of the strategies to come are kept, so that a run that is broken off loses nothing.
  const later = known.filter((run) => !results.some(({ title }) => title === run.title));
  writeFileSync(file, `${JSON.stringify({ settings, results: [...results, ...later] }).replaceAll('{"title"', '\n{"title"')}\n`);
}

const last = (title, partition, attack, attackers) => {
  const found = results.find((run) => run.title === title && run.partition === partition && run.attack === attack && run.attackers === attackers);
  return (100 * found.accuracies.at(-1)).toFixed(1);
};
const rows = DEFENCES.map(({ title }) => [
  title,
  last(title, 'iid', null, 0),
  ...ATTACKS.map(({ name }) => ATTACKERS.map((attackers) => last(title, 'iid', name, attackers)).join(' / ')),
  last(title, 'shards', null, 0),
]);
const head = ['strategy', 'no attack', ...ATTACKS.map(({ name }) => name), 'no attack, two labels each'];
const table = [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
const page = new URL('../../docs/STRATEGIES.md', here);
const BEGIN = '<!-- attacks -->\n';
const END = '<!-- end of attacks -->\n';
const [before, rest] = readFileSync(page, 'utf8').split(BEGIN);
writeFileSync(page, `${before}${BEGIN}${table}\n${END}${rest.split(END)[1]}`);
