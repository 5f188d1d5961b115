import { readHostSpec, type HostMessage } from './simulation/host-spec.js';
import { hostMembers } from './simulation/simulation-host.js';
import { describeError, exitStatusOf, WorkerError } from './worker-error.js';

/** `node apps/worker/dist/simulate.js SPEC`: one process of `fedseal simulate`; it ends with the program that started it. */

const tell = (message: HostMessage): void => void process.send?.(message);
const note = (text: string): void => void process.stderr.write(`${new Date().toISOString()} ${text}\n`);

/** @returns the exit status */
async function main(file: string | undefined): Promise<number> {
  const ending = new AbortController();
  const end = () => ending.abort(new WorkerError('worker.stopped', 'The simulation is stopping.'));
  process.once('disconnect', end).once('SIGINT', end).once('SIGTERM', end);
  try {
    await hostMembers({ spec: await readHostSpec(file), tell, note, signal: ending.signal });
    return 0;
  } catch (error) {
    const { code, message } = describeError(error);
    tell({ type: 'failed', code, message });
    process.stderr.write(`${message} [${code}]\n`);
    if (!(error instanceof WorkerError) && error instanceof Error) process.stderr.write(`${error.stack}\n`);
    return exitStatusOf(code);
  }
}

process.exitCode = await main(process.argv[2]);
// A socket that is still closing must not hold up an exit that was decided.
setTimeout(() => process.exit(), 1000).unref();
