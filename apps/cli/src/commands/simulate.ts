import type { Command } from 'commander';
import { readSimulateOptions, type SimulateFlags } from '../simulate/options.js';
import { runSimulation } from '../simulate/simulate.js';
import { runCommand, withFormat } from './command.js';

export function simulateCommand(program: Command): void {
  withFormat(
    program
      .command('simulate')
      .argument('<plan>', "the plan's file, YAML or JSON")
      .description('run a plan with many virtual contributors on this machine, through the same protocol and chain')
      .option('--clients <n>', 'virtual contributors', '100')
      .option('--data <source>', "synthetic, or a folder with MNIST's IDX files", 'synthetic')
      .option('--examples <n>', 'synthetic training images over all clients', '8000')
      .option('--test-examples <n>', 'synthetic test images (default: a quarter of --examples, at least 500)')
      .option('--partition <rule>', 'iid, dirichlet:ALPHA or shards:N', 'iid')
      .option('--seed <n>', "of the clients' keys, the synthetic data and the partition", '1')
      .option('--backend <name>', 'trainer backend', 'wasm')
      .option('--processes <n>', 'processes that host the clients (default: one for every 16 cores)')
      .option('--threads <n>', 'training threads of each process (default: so that all cores train)')
      .option('--home <dir>', 'data folder of the simulation (default: simulations/NAME in the data folder)')
      .option('--out <dir>', 'folder for the curve, NAME.jsonl and NAME.svg (default: curve in the data folder)')
      .option('--port <port>', 'port of the coordinator (default: a free one)', '0')
      .option('--resume', 'go on with a simulation that was interrupted'),
  ).action(async (plan: string, flags: SimulateFlags) => {
    const interrupted = new Promise<void>((resolve) => {
      process.once('SIGINT', () => resolve()).once('SIGTERM', () => resolve());
    });
    await runCommand(flags, (out) => runSimulation(readSimulateOptions(plan, flags), out, interrupted));
    // A child's pipe may outlive it; the command is over.
    process.exit();
  });
}
