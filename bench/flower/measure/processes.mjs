/** Child processes, each the head of a group of its own: whatever they start is ended with them. */
import { spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { once } from 'node:events';

export class Processes {
  constructor() {
    this.children = [];
    process.once('exit', () => this.children.forEach((child) => signalGroup(child, 'SIGKILL')));
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));
  }

  /** @param {string[]} command @param {{env?: object, log: string, ipc?: boolean, cwd?: string}} options */
  start(command, { env = {}, log, ipc = false, cwd }) {
    const file = openSync(log, 'a');
    const child = spawn(command[0], command.slice(1), {
      cwd, env: { ...process.env, ...env }, detached: true, stdio: ['ignore', file, file, ...(ipc ? ['ipc'] : [])],
    });
    child.once('error', (error) => { throw error; });
    this.children.push(child);
    return child;
  }

  async stop() {
    for (const child of this.children.toReversed()) {
      if (child.exitCode === null && child.signalCode === null) {
        const ended = once(child, 'exit');
        child.kill('SIGTERM');
        const patience = setTimeout(() => child.kill('SIGKILL'), 10_000);
        await ended;
        clearTimeout(patience);
      }
      signalGroup(child, 'SIGKILL');
    }
  }
}

function signalGroup(child, signal) {
  try {
    process.kill(-child.pid, signal);
  } catch {
    // Nobody of the group is left.
  }
}

/** Calls `ask` until it answers something. @throws Error after `timeoutMs` */
export async function until(ask, what, timeoutMs = 120_000, everyMs = 100) {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > deadline) throw new Error(`Waited ${timeoutMs / 1000} s in vain for ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
