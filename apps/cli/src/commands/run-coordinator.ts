import { spawn } from 'node:child_process';
import { childEnvironment } from '../config/cli-config.js';
import { COORDINATOR } from '../processes/entry-points.js';

/** Runs a command of the coordinator's program with this terminal. @returns its exit status */
export async function runCoordinator(home: string, args: readonly string[], settings: Record<string, string | undefined> = {}): Promise<number> {
  return runProgram(COORDINATOR, args, childEnvironment({ FEDSEAL_HOME: home, ...settings }));
}

/** Runs a program of this project with this terminal; signals are passed on. @returns its exit status */
export async function runProgram(entry: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const child = spawn(process.execPath, [entry, ...args], { stdio: 'inherit', env });
  const pass = (signal: NodeJS.Signals) => child.kill(signal);
  process.on('SIGINT', pass).on('SIGTERM', pass);
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      process.off('SIGINT', pass).off('SIGTERM', pass);
      resolve(code ?? (signal === 'SIGINT' ? 130 : 143));
    });
  });
}
