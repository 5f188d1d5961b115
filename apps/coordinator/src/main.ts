import 'reflect-metadata';
import { parseArgs } from 'node:util';
import { parseConfig, type Config } from './config/config.js';
import { CodedError } from './observability/coded-error.js';
import { exitStatusOf } from './observability/error-table.js';
import { JsonLogger } from './observability/logger.js';
import { serve } from './serve.js';

const USAGE = `Usage: coordinator serve | export --out DIR | audit [--format text|json]
Settings come from the environment; .env.example lists them.`;

/** Longer than this and something hangs; the database recovers from a hard end. */
const SHUTDOWN_MS = 30_000;

async function main(): Promise<void> {
  const { values, positionals } = readArguments();
  const [command = 'serve', ...more] = positionals;
  if (more.length > 0) throw new CodedError('usage.arguments', USAGE);
  const config = readConfig();
  switch (command) {
    case 'serve':
      return runServer(config);
    default:
      throw new CodedError('usage.command', USAGE);
  }
  void values;
}

async function runServer(config: Config): Promise<void> {
  const logger = new JsonLogger(config.log.level);
  dieOfUnknownErrors(logger);
  const coordinator = await serve(config, logger);
  const stop = (signal: NodeJS.Signals) => {
    logger.log(`${signal}: finishing what is under way`);
    // A second signal ends the process at once, as its default does.
    process.removeAllListeners('SIGTERM').removeAllListeners('SIGINT');
    setTimeout(() => process.exit(1), SHUTDOWN_MS).unref();
    coordinator.close().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.fatal(error);
        process.exit(1);
      },
    );
  };
  process.once('SIGTERM', stop).once('SIGINT', stop);
  logger.log(`Ready at ${coordinator.url}`, { home: config.home });
  if (process.send) process.send({ type: 'ready', url: coordinator.url });
  else process.stdout.write(`Coordinator ready at ${coordinator.url} (documentation at ${coordinator.url}/docs, home ${config.home})\n`);
}

/** After an error that nobody expected no state can be trusted; what is durable is picked up by the next start. */
function dieOfUnknownErrors(logger: JsonLogger): void {
  const die = (error: unknown) => {
    logger.fatal(error);
    process.exit(1);
  };
  process.on('uncaughtException', die).on('unhandledRejection', die);
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: { out: { type: 'string' }, format: { type: 'string', default: 'text' } },
    });
  } catch (cause) {
    throw new CodedError('usage.arguments', `${cause instanceof Error ? cause.message : String(cause)}\n${USAGE}`, { cause });
  }
}

function readConfig(): Config {
  try {
    return parseConfig(process.env);
  } catch (cause) {
    throw new CodedError('config.invalid', cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

main().catch((error: unknown) => {
  const isExpected = error instanceof CodedError;
  process.stderr.write(`${isExpected ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(isExpected ? exitStatusOf(error.code) : 1);
});
