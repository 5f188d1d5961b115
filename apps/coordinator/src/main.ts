import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { readConfig, type Config } from './config/config.js';
import { runAudit } from './ledger/commands/run-audit.js';
import { runExport } from './ledger/commands/run-export.js';
import { CodedError } from './observability/coded-error.js';
import { exitStatusOf } from './observability/error-table.js';
import { JsonLogger } from './observability/logger.js';
import { serve } from './serve.js';

const USAGE = 'Use: coordinator serve | export --out DIR [--models all|final|none] [--updates all|none] [--run NAME]… [--format text|json] | audit [--format text|json]; settings come from the environment, .env.example lists them.';

/** Longer than this and something hangs; the database recovers from a hard end. */
const SHUTDOWN_MS = 30_000;
/** One Ctrl-C can arrive twice: from the terminal, and passed on by the command that started this process. */
const SAME_SIGNAL_MS = 1000;

/** @returns the exit status */
async function main([command = 'serve', ...args]: readonly string[]): Promise<number> {
  if (!['serve', 'export', 'audit'].includes(command)) throw new CodedError('usage.command', USAGE);
  if (command === 'serve' && args.length > 0) throw new CodedError('usage.serve', USAGE);
  const config = readConfig();
  const logger = new JsonLogger(config.log.level);
  // Standard output belongs to results, whoever logs.
  Logger.overrideLogger(logger);
  if (command === 'export') return runExport(config, args);
  if (command === 'audit') return runAudit(config, args);
  return runServer(config, logger);
}

/** @returns once a signal ended it */
async function runServer(config: Config, logger: JsonLogger): Promise<number> {
  dieOfUnknownErrors(logger);
  const coordinator = await serve(config, logger);
  logger.log(`Ready at ${coordinator.url}`, { home: config.home });
  if (process.send) process.send({ type: 'ready', url: coordinator.url });
  else process.stdout.write(`Coordinator ready at ${coordinator.url} (documentation at ${coordinator.url}/docs, home ${config.home})\n`);
  logger.log(`${await firstSignal()}: finishing what is under way`);
  setTimeout(() => process.exit(1), SHUTDOWN_MS).unref();
  await coordinator.close();
  return 0;
}

/** A later signal ends the process at once. A program that started this one and is gone can no longer send any. */
function firstSignal(): Promise<NodeJS.Signals | 'the program that started this one has ended'> {
  return new Promise((resolve) => {
    let first: number | undefined;
    const take = (signal: NodeJS.Signals) => {
      first ??= performance.now();
      resolve(signal);
      if (performance.now() - first > SAME_SIGNAL_MS) process.exit(1);
    };
    process.on('SIGTERM', take).on('SIGINT', take);
    process.once('disconnect', () => resolve('the program that started this one has ended'));
  });
}

/** After an error that nobody expected no state can be trusted; what is durable is picked up by the next start. */
function dieOfUnknownErrors(logger: JsonLogger): void {
  const die = (error: unknown) => {
    logger.fatal(error);
    process.exit(1);
  };
  process.on('uncaughtException', die).on('unhandledRejection', die);
}

// Node ends, with status 0, once nothing keeps it alive; a command must end by its own status instead.
setInterval(() => undefined, 2 ** 30);

main(process.argv.slice(2)).then(
  (status) => process.exit(status),
  (error: unknown) => {
    const isExpected = error instanceof CodedError;
    process.stderr.write(`${isExpected ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(isExpected ? exitStatusOf(error.code) : 1);
  },
);
