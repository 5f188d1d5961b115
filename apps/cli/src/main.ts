import { Command } from 'commander';
import { auditCommand } from './commands/audit.js';
import { benchCommand } from './commands/bench.js';
import { coordinatorCommand } from './commands/coordinator.js';
import { demoCommand } from './commands/demo.js';
import { exportCommand } from './commands/export.js';
import { inviteCommand } from './commands/invite.js';
import { membershipCommands } from './commands/membership.js';
import { modelCommands } from './commands/model.js';
import { receiptCommand } from './commands/receipt.js';
import { runCommands } from './commands/run.js';
import { simulateCommand } from './commands/simulate.js';
import { verifyCommand } from './commands/verify.js';
import { workerCommand } from './commands/worker.js';
import { EXIT } from './cli-error.js';

const program = new Command('fedseal')
  .description('Federated learning whose rounds are bit-reproducible and sealed into a proof-of-work chain.')
  .enablePositionalOptions()
  .showHelpAfterError()
  .exitOverride((error) => {
    process.exit(error.exitCode === 0 ? EXIT.ok : EXIT.usage);
  })
  .addHelpText('after', '\nExit status: 0 done, 1 something does not hold, 2 wrong usage, 3 the surroundings (a port, a file, a server) do not allow it, 4 `verify` knows no such model, 130 interrupted before the end.');

demoCommand(program);
coordinatorCommand(program);
workerCommand(program);
runCommands(program);
inviteCommand(program);
membershipCommands(program);
exportCommand(program);
verifyCommand(program);
receiptCommand(program);
modelCommands(program);
auditCommand(program);
simulateCommand(program);
benchCommand(program);

// Whoever reads the output may have seen enough (`| head`): that is no fault, and no verdict either.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(EXIT.interrupted);
  });
}

await program.parseAsync();
