import { parseArguments, type WorkerArguments } from './config/arguments.js';
import { readConfig } from './config/config.js';
import { HELP_TEXT } from './config/help-text.js';
import { jsonReporter, textReporter } from './output/reporters.js';
import type { Report } from './output/worker-events.js';
import { openWorkbench } from './open-workbench.js';
import { runWorker } from './start-worker.js';
import { describeError, exitStatusOf, WorkerError } from './worker-error.js';

const write = (line: string): void => void process.stdout.write(line);

/** @returns the exit status. */
async function main(argv: readonly string[]): Promise<number> {
  let args: WorkerArguments | 'help';
  let config;
  try {
    args = parseArguments(argv);
    config = readConfig();
  } catch (error) {
    return complain(error);
  }
  if (args === 'help') {
    write(HELP_TEXT);
    return 0;
  }
  const { data, backend, parallel: threads } = args;
  const { tfjsNodeFolder: packageFolder } = config;
  const place = { backend, ...(packageFolder === undefined ? {} : { packageFolder }), ...(threads === undefined ? {} : { threads }) };
  const report = reporterFor(args.format);
  const ending = new AbortController();
  const endOn = (name: NodeJS.Signals) => {
    process.once(name, () => {
      report({ event: 'stopped', message: `Stopping on ${name}; a finished update that was not sent is kept and sent at the next start.` });
      ending.abort(new WorkerError('worker.stopped', 'The worker is stopping.'));
    });
  };
  // Started by another program that is gone: nobody would ever stop this worker.
  process.once('disconnect', () => ending.abort(new WorkerError('worker.stopped', 'The program that started this worker has ended.')));
  endOn('SIGINT');
  endOn('SIGTERM');
  try {
    await runWorker({
      args, config, report, signal: ending.signal,
      openWorkbench: (role) => openWorkbench(data, place, role),
    });
    return 0;
  } catch (error) {
    if (ending.signal.aborted && error === ending.signal.reason) return 0;
    // A program reads it from standard output; a person would read it twice.
    if (args.format === 'json') report({ event: 'error', ...describeError(error) });
    return complain(error);
  }
}

function reporterFor(format: WorkerArguments['format']): Report {
  const parts = { write, nowMs: Date.now };
  return format === 'json' ? jsonReporter(parts) : textReporter(parts);
}

/** The sentence on standard error, and the stack too of what nobody foresaw. */
function complain(error: unknown): number {
  const { code, message } = describeError(error);
  const expected = error instanceof WorkerError;
  process.stderr.write(`${message} [${code}]\n`);
  if (!expected && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  return exitStatusOf(code);
}

process.exitCode = await main(process.argv.slice(2));
// Training threads or a socket that is still closing must not hold up an exit that was decided.
setTimeout(() => process.exit(), 2000).unref();
