import type { Command } from 'commander';
import { childEnvironment } from '../config/cli-config.js';
import { WORKER } from '../processes/entry-points.js';
import { runProgram } from './run-coordinator.js';

export function workerCommand(program: Command): void {
  const worker = program.command('worker').description('take part in a federation from this machine');
  worker
    .command('start')
    .description('join, wait for rounds and train; `fedseal worker start --help` lists the flags')
    .allowUnknownOption()
    .allowExcessArguments()
    .helpOption(false)
    .action(async (_flags: unknown, command: Command) => {
      process.exitCode = await runProgram(WORKER, command.args, childEnvironment({}));
    });
}
