import type { Command } from 'commander';
import { readConfig } from '../config/cli-config.js';
import { runCoordinator } from './run-coordinator.js';

export function coordinatorCommand(program: Command): void {
  program
    .command('coordinator')
    .option('--home <dir>', 'data folder of the federation')
    .option('--host <address>', 'address to listen on (default: 127.0.0.1)')
    .option('--port <port>', 'port to listen on (default: 7700)')
    .description('run the coordinator; every setting is in .env.example')
    .action(async (flags: { home?: string; host?: string; port?: string }) => {
      process.exitCode = await runCoordinator(flags.home ?? readConfig().home, ['serve'], { FEDSEAL_HOST: flags.host, FEDSEAL_PORT: flags.port });
    });
}
