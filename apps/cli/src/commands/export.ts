import { Option, type Command } from 'commander';
import { readConfig } from '../config/cli-config.js';
import { withFormat } from './command.js';
import { runCoordinator } from './run-coordinator.js';

interface ExportFlags {
  readonly out: string;
  readonly home?: string;
  readonly models: string;
  readonly updates: string;
  readonly run: readonly string[];
  readonly format: string;
}

export function exportCommand(program: Command): void {
  withFormat(
    program
      .command('export')
      .requiredOption('--out <dir>', 'new or empty folder to write to')
      .option('--home <dir>', 'data folder of the federation')
      .addOption(new Option('--models <which>', "which models to put in; final: each run's newest").choices(['all', 'final', 'none']).default('all'))
      .addOption(new Option('--updates <which>', "which of the contributors' updates to put in").choices(['all', 'none']).default('all'))
      .option('--run <name>', 'put in the files of this run alone; may be given again', (name: string, names: string[]) => [...names, name], [])
      .description('write one audit bundle: the whole chain, a signed checkpoint, tiles, the chosen files, and a page that explains them')
      .addHelpText('after', [
        '',
        'The chain is always whole. With fewer files, `fedseal verify` checks as much as before, and `fedseal audit` says which',
        'rounds it could not rebuild. Updates can tell something of the data they were trained on: leave them out where the reader',
        'has no need of them.',
        '',
        'Exit status: 0 written, 1 something that is stored does not hold, 2 wrong usage, 3 the surroundings do not allow it.',
      ].join('\n')),
  ).action(async ({ out, home, models, updates, run, format }: ExportFlags) => {
    const runs = run.flatMap((name) => ['--run', name]);
    process.exitCode = await runCoordinator(home ?? readConfig().home, [
      'export', '--out', out, '--models', models, '--updates', updates, ...runs, '--format', format,
    ]);
  });
}
