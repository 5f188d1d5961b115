import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { CliError, EXIT } from '../cli-error.js';
import { readConfig } from '../config/cli-config.js';
import { ROWS, type Row } from './rows.js';

const PROJECT = fileURLToPath(new URL('../../../../', import.meta.url));

export interface PaperTableOptions {
  readonly rows: readonly Row[];
  readonly learningRates: readonly number[];
  readonly seeds: readonly number[];
  /** Undefined: each row's own. */
  readonly rounds: number | undefined;
  readonly data: string;
  readonly results: string;
  readonly document: string;
  /** Holds one simulation for each trial. */
  readonly home: string;
  readonly keepHomes: boolean;
  /** Flags that are handed to `fedseal simulate` as they are. */
  readonly passed: readonly string[];
  /** Only read the results and write the table again. */
  readonly reportOnly: boolean;
}

export const HELP = `npm run bench:mcmahan -- [flags]

  --rows a,b      rows to run: ${ROWS.map(({ id }) => id).join(', ')}
                  (default: e5b10-iid,e1b10-iid,e5b10-noniid)
  --lr a,b        learning rates (default: 0.1,0.147,0.215)
  --seeds n       seeds 1 … n (default: 1)
  --rounds n      rounds of every trial (default: each row's own)
  --data DIR      folder with MNIST's four IDX files (default: ../shared/data/mnist beside the project)
  --home DIR      where the simulations live (default: mcmahan in the data folder)
  --processes n, --threads n
                  as \`fedseal simulate\` takes them
  --keep          keep each simulation's folder when its curve is complete
  --results DIR   where the curves go (default: bench/mcmahan/results)
  --report        run nothing; write plots and table from the results

A trial that was interrupted goes on where it stopped; one whose curve is complete is not run again.
`;

/** @returns `help` when it was asked for @throws CliError `usage.*` */
export function readPaperTableOptions(argv: readonly string[]): PaperTableOptions | 'help' {
  const values = readFlags(argv);
  if (values.help) return 'help';
  const rows = (values.rows ?? 'e5b10-iid,e1b10-iid,e5b10-noniid').split(',').map((id) => {
    const row = ROWS.find((each) => each.id === id);
    if (!row) throw usage('rows', `There is no row ${id}; choose ${ROWS.map((each) => each.id).join(', ')}.`);
    return row;
  });
  const data = resolve(values.data ?? join(PROJECT, '../shared/data/mnist'));
  const reportOnly = values.report ?? false;
  if (!reportOnly && !existsSync(data)) {
    throw new CliError('data.missing', `${data} is not there. Give --data a folder with MNIST's four IDX files.`, EXIT.environment);
  }
  const results = resolve(values.results ?? join(PROJECT, 'bench/mcmahan/results'));
  return {
    rows, data, reportOnly, results,
    learningRates: numbers('lr', values.lr ?? '0.1,0.147,0.215', (rate) => rate > 0 && rate <= 10),
    seeds: Array.from({ length: whole('seeds', values.seeds ?? '1') }, (_, i) => i + 1),
    rounds: values.rounds === undefined ? undefined : whole('rounds', values.rounds),
    document: join(PROJECT, 'docs/MCMAHAN.md'),
    home: resolve(values.home ?? join(readConfig().home, 'mcmahan')),
    keepHomes: values.keep ?? false,
    passed: (['processes', 'threads'] as const).flatMap((flag) => (values[flag] === undefined ? [] : [`--${flag}`, String(whole(flag, values[flag]))])),
  };
}

function readFlags(argv: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const options = { rows: text, lr: text, seeds: text, rounds: text, data: text, home: text, results: text, processes: text, threads: text, keep: flag, report: flag, help: flag };
  try {
    return parseArgs({ args: [...argv], options, strict: true }).values;
  } catch (cause) {
    throw usage('flag', `${(cause as Error).message.split('. ')[0]}. See --help.`);
  }
}

function numbers(flag: string, list: string, fits: (value: number) => boolean): number[] {
  return list.split(',').map((text) => {
    const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
    if (!fits(value)) throw usage(flag, `--${flag} takes numbers such as 0.1,0.215; not ${text}.`);
    return value;
  });
}

function whole(flag: string, text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw usage(flag, `--${flag} takes a whole number from 1; not ${text}.`);
  return Number(text);
}

function usage(flag: string, message: string): CliError {
  return new CliError(`usage.${flag}`, message, EXIT.usage);
}
