import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const COMMAND = join(import.meta.dirname, '..', '..', '..', 'cli', 'bin', 'fedseal.mjs');

/** `npm start` on a data folder of its own: Postgres, coordinator, workers and a run. */
export class Demo {
  private constructor(
    readonly home: string,
    readonly port: number,
    private readonly child: ChildProcess,
    private readonly said: string[],
  ) {}

  /** @returns once the coordinator answers */
  static async start(args: readonly string[]): Promise<Demo> {
    const home = mkdtempSync(join(tmpdir(), 'fedseal-page-'));
    // Postgres refuses root and then runs under an account that must be able to enter.
    chmodSync(home, 0o755);
    const port = await freePort();
    const child = spawn(process.execPath, [COMMAND, 'demo', '--port', String(port), ...args], {
      env: { ...process.env, FEDSEAL_HOME: home }, stdio: ['ignore', 'pipe', 'pipe'],
    });
    const said: string[] = [];
    const demo = new Demo(home, port, child, said);
    const answers = new Promise<void>((resolve, reject) => {
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (text: string) => {
          said.push(text);
          if (text.includes('Coordinator at')) resolve();
        });
      }
      child.once('exit', (status) => reject(new Error(`the federation ended with status ${status}:\n${said.join('')}`)));
    });
    await answers;
    return demo;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get operatorToken(): string {
    return readFileSync(join(this.home, 'operator.token'), 'utf8').trim();
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGINT');
    await ended;
    await rm(this.home, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
