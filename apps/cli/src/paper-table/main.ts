import { mkdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CliError, EXIT } from '../cli-error.js';
import { HELP, readPaperTableOptions, type PaperTableOptions } from './options.js';
import { readResults } from './results.js';
import { trialName } from './rows.js';
import { runTrial } from './run-trial.js';
import { rowPlot, withResults } from './table.js';

/** `npm run bench:mcmahan`: runs trials of the paper's table, and writes plots and docs/MCMAHAN.md from every curve there is. */
async function main(argv: readonly string[]): Promise<number> {
  const options = readPaperTableOptions(argv);
  if (options === 'help') {
    process.stdout.write(HELP);
    return EXIT.ok;
  }
  mkdirSync(options.results, { recursive: true });
  let status: number = EXIT.ok;
  for (const trial of options.reportOnly ? [] : trialsOf(options)) {
    process.stdout.write(`${trialName(trial)}\n`);
    const ended = await runTrial(trial, options);
    if (ended === 'complete') process.stdout.write('  its curve is complete\n');
    if (ended === 'orphaned') process.stdout.write('  its curve is shorter and its simulation is not here: remove the curve to run it anew, or ask for fewer --rounds\n');
    await report(options);
    if (ended === EXIT.interrupted) return ended;
    if (typeof ended === 'number' && ended !== EXIT.ok) status = ended;
  }
  await report(options);
  return status;
}

function trialsOf({ rows, learningRates, seeds }: PaperTableOptions) {
  return seeds.flatMap((seed) => rows.flatMap((row) => learningRates.map((learningRate) => ({ row, learningRate, seed }))));
}

async function report({ results, document }: PaperTableOptions): Promise<void> {
  const rows = await readResults(results);
  for (const row of rows) await writeFile(join(results, `${row.row.id}.svg`), rowPlot(row));
  await writeFile(document, withResults(await readFile(document, 'utf8'), rows, '../bench/mcmahan/results'));
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof CliError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = error.exitStatus;
}
