import type { Command } from 'commander';
import { readConfig } from '../config/cli-config.js';
import { withFormat } from './command.js';
import { runCoordinator } from './run-coordinator.js';

export function exportCommand(program: Command): void {
  withFormat(
    program
      .command('export')
      .requiredOption('--out <dir>', 'new or empty folder to write to')
      .option('--home <dir>', 'data folder of the federation')
      .description('write the sealed chain and the blobs it names, for `fedseal verify` and `fedseal audit`'),
  ).action(async (flags: { out: string; home?: string; format: string }) => {
    process.exitCode = await runCoordinator(flags.home ?? readConfig().home, ['export', '--out', flags.out, '--format', flags.format]);
  });
}
