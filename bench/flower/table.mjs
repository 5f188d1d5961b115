/** Writes the kept results into docs/FLOWER.md, between its markers: `node bench/flower/table.mjs`. */
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const page = join(here, '..', '..', 'docs', 'FLOWER.md');
const [BEGIN, END] = ['<!-- results -->', '<!-- end of results -->'];
const NAMES = { 'fedseal': 'Fedseal', 'flower': 'Flower, deployment', 'flower-simulation': 'Flower, simulation' };

const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 ? sorted[Math.floor(middle)] : (sorted[middle - 1] + sorted[middle]) / 2;
};
const mb = (bytes) => (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);

/** The first round is left out: it also waits for imports, first connections and files. */
function figures({ startedAt, rounds }) {
  const seconds = rounds.map(({ endedAt }, i) => endedAt - (i === 0 ? startedAt : rounds[i - 1].endedAt));
  const later = seconds.slice(1);
  return { perRound: median(later), overhead: median(later.map((second, i) => second - (rounds[i + 1].longestTraining ?? 0))) };
}

function tableOf({ conditions, machine, results }) {
  const { clients, rounds, trainer, epochs, batch, learningRate } = conditions;
  const what = trainer === 'light' ? 'no training' : `MNIST, ${epochs} epoch(s), batch ${batch}, SGD ${learningRate}`;
  const flower = results.find(({ system }) => system === 'flower');
  const rows = results.map((result) => {
    const { perRound, overhead } = figures(result);
    const ratio = flower && result !== flower ? ` (1/${(figures(flower).overhead / overhead).toFixed(1)})` : '';
    const perClient = (bytes) => mb(bytes / clients / rounds);
    const memory = Object.entries(result.memory).map(([name, bytes]) => `${name} ${mb(bytes)}`).join(', ');
    const traffic = result.bytes === null ? '–' : `${perClient(result.bytes.down)} / ${perClient(result.bytes.up)}`;
    const accuracy = result.rounds.at(-1).accuracy === null ? [] : [result.rounds.map((round) => (100 * round.accuracy).toFixed(2)).join(', ')];
    return [NAMES[result.system], perRound.toFixed(2), `${overhead.toFixed(2)}${ratio}`, traffic, memory, ...accuracy];
  });
  const heads = ['', 's a round', 's without training', 'MB down / up, a client and round', 'peak memory of the servers, MB'];
  if (rows[0].length > heads.length) heads.push('test accuracy by round, %');
  return [
    `### ${clients} clients, ${rounds} rounds, ${what}`, '',
    `| ${heads.join(' | ')} |`, `|${heads.map(() => ' --- ').join('|')}|`, ...rows.map((row) => `| ${row.join(' | ')} |`), '',
    `Node ${machine.node}${machine.flowerAndNumpy ? `, Flower and numpy ${machine.flowerAndNumpy.replace(' ', ' and ')}` : ''}, ${machine.cores} cores of ${machine.cpu}.`, '',
  ].join('\n');
}

const folder = join(here, 'results');
const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')).sort() : [];
const tables = files.map((name) => tableOf(JSON.parse(readFileSync(join(folder, name), 'utf8'))));
const text = readFileSync(page, 'utf8');
const [before, rest] = text.split(BEGIN);
const [, after] = rest.split(END);
writeFileSync(page, `${before}${BEGIN}\n\n${tables.join('\n')}\n${END}${after}`);
console.log(`${files.length} results written into docs/FLOWER.md.`);
