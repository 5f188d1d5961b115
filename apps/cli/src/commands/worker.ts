import type { Command } from 'commander';
import { childEnvironment } from '../config/cli-config.js';
import { WORKER, WORKER_DOCTOR } from '../processes/entry-points.js';
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
  worker
    .command('doctor')
    .description('try every backend, measure those that work, say why the others do not; `fedseal worker doctor --help` lists the flags')
    .allowUnknownOption()
    .allowExcessArguments()
    .helpOption(false)
    .action(async (_flags: unknown, command: Command) => {
      process.exitCode = await runProgram(WORKER_DOCTOR, command.args, childEnvironment({}));
    });
}
