import { describeError, exitStatusOf } from '../worker-error.js';
import { runDoctor } from './doctor.js';

/** What `fedseal worker doctor` starts. */
try {
  process.exitCode = await runDoctor(process.argv.slice(2), (text) => void process.stdout.write(text));
} catch (error) {
  const { code, message } = describeError(error);
  process.stderr.write(`${message} [${code}]\n`);
  process.exitCode = exitStatusOf(code);
}
