import type { Command } from 'commander';
import { readOptions, type DemoFlags } from '../demo/options.js';
import { runDemo } from '../demo/demo.js';
import { runCommand, withFormat } from './command.js';

export function demoCommand(program: Command): void {
  withFormat(
    program
      .command('demo')
      .description('run a whole federation on this machine (this is what `npm start` does)')
      .option('--data <dir>', "folder with MNIST's IDX files, gzip or not (default: built-in synthetic digits)")
      .option('--workers <n>', 'workers that train', '4')
      .option('--rounds <n>', 'rounds', '5')
      .option('--epochs <n>', 'local epochs per round', '1')
      .option('--batch-size <n>', 'images per local step', '32')
      .option('--examples <n>', 'synthetic training images over all workers', '8000')
      .option('--partition <rule>', 'iid, dirichlet:ALPHA or shards:N', 'iid')
      .option('--hold-out <share>', 'share of its images that each worker keeps to measure every new model with, such as 0.1 (default: none)')
      .option('--backend <name>', 'trainer backend of the workers', 'auto')
      .option('--home <dir>', 'data folder (default: FEDSEAL_HOME, else ~/.fedseal, for root /var/lib/fedseal)')
      .option('--port <port>', 'port of the coordinator', '7700')
      .option('--once', 'end after the summary, with status 0 when all of it holds')
      .option('--fresh', 'begin a new federation; the old data folder is moved aside'),
  ).action(async (flags: DemoFlags) => {
    const interrupted = new Promise<void>((resolve) => {
      process.once('SIGINT', () => resolve()).once('SIGTERM', () => resolve());
    });
    await runCommand(flags, (out) => runDemo(readOptions(flags), out, interrupted));
    // A child's pipe may outlive it; the command is over.
    process.exit();
  });
}
