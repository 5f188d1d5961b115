import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream, mkdirSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { CliError, EXIT } from '../cli-error.js';

export interface ChildOptions {
  readonly entry: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Everything the child writes to standard error is appended here. */
  readonly logFile: string;
  /** Called with each line of standard output. */
  readonly onLine?: (line: string) => void;
  readonly onMessage?: (message: unknown) => void;
}

/** A program of this project, started with its log in a file and ended politely. */
export class Child {
  /** Resolves with how it ended. */
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  private readonly process: ChildProcess;
  /** Where this child's part of its log begins. */
  private readonly logStart: number;

  constructor(private readonly options: ChildOptions) {
    mkdirSync(dirname(options.logFile), { recursive: true });
    this.logStart = statSync(options.logFile, { throwIfNoEntry: false })?.size ?? 0;
    const log = createWriteStream(options.logFile, { flags: 'a' });
    this.process = spawn(process.execPath, [options.entry, ...options.args], {
      env: options.env,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // A group of its own: Ctrl-C reaches this command alone, which then ends its children in order.
      detached: process.platform !== 'win32',
    });
    this.process.stderr?.pipe(log);
    const lines = createInterface({ input: this.process.stdout! });
    lines.on('line', (line) => (options.onLine ? options.onLine(line) : log.write(`${line}\n`)));
    if (options.onMessage) this.process.on('message', options.onMessage);
    this.exited = new Promise((resolve) => {
      this.process.once('exit', (code, signal) => resolve({ code, signal }));
      this.process.once('error', () => resolve({ code: EXIT.environment, signal: null }));
    });
  }

  get pid(): number | undefined {
    return this.process.pid;
  }

  get running(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  /** Asks it to end, and ends it by force when it has not after `graceMs`. */
  async stop(graceMs = 15_000): Promise<void> {
    if (!this.running) return;
    this.process.kill('SIGTERM');
    const timer = setTimeout(() => this.process.kill('SIGKILL'), graceMs);
    await this.exited;
    clearTimeout(timer);
  }

  /** The last lines of its log, for a message that says why it ended. */
  async logTail(lines = 8): Promise<string> {
    const bytes = await readFile(this.options.logFile).catch(() => Buffer.alloc(0));
    return bytes.subarray(this.logStart).toString('utf8').trimEnd().split('\n').slice(-lines).map(plainLogLine).join('\n');
  }

  /** @throws CliError when the child ends before `wanted` resolves */
  async orFail<T>(wanted: Promise<T>, name: string): Promise<T> {
    return Promise.race([
      wanted,
      this.exited.then(async ({ code, signal }): Promise<never> => {
        const how = signal === null ? `status ${code}` : signal;
        throw new CliError('child.ended', `The ${name} ended early (${how}). Its log ${this.options.logFile} says:\n${await this.logTail()}`, EXIT.environment);
      }),
    ]);
  }
}

/** A JSON log line as a person reads it. */
function plainLogLine(line: string): string {
  try {
    const { msg, context } = JSON.parse(line) as { msg?: string; context?: string };
    return msg === undefined ? line : `  ${context ? `${context}: ` : ''}${msg}`;
  } catch {
    return `  ${line}`;
  }
}
