import type { Command } from 'commander';
import { BENCHES } from '../bench/bench-rows.js';
import type { BenchRow } from '../bench/bench-row.js';
import { CliError, EXIT } from '../cli-error.js';
import { runCommand, withFormat } from './command.js';

export function benchCommand(program: Command): void {
  withFormat(
    program
      .command('bench')
      .option('--only <name>', `one of ${Object.keys(BENCHES).join(', ')}`)
      .option('--python <path>', 'an interpreter that has flwr and torch: aggregation is then measured beside Flower’s own functions, training beside PyTorch')
      .description('measure the hot paths beside their baselines, as ratios of one run'),
  ).action((flags: { format: 'text' | 'json'; only?: string; python?: string }) =>
    runCommand(flags, async (out) => {
      const rows: BenchRow[] = [];
      for (const [name, bench] of chosen(flags.only)) {
        out.note(`measuring ${name} …`);
        for (const row of await bench({ python: flags.python, note: (text) => out.note(text) })) {
          rows.push(row);
          out.line(describe(row));
        }
      }
      out.result(rows);
    }),
  );
}

function chosen(only: string | undefined) {
  if (only === undefined) return Object.entries(BENCHES);
  const bench = BENCHES[only];
  if (bench === undefined) {
    throw new CliError('usage.only', `There is no benchmark ${only}. There are ${Object.keys(BENCHES).join(', ')}.`, EXIT.usage);
  }
  return [[only, bench] as const];
}

function describe({ name, value, unit, against, ratio }: BenchRow): string {
  const figure = `${name.padEnd(18)} ${value.toPrecision(4).padStart(10)} ${unit}`;
  return against === null || ratio === null ? figure : `${figure.padEnd(42)} ${ratio.toFixed(2)} × ${against}`;
}
