import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { WorkerEvent } from '../output/worker-events.js';

/** The built worker: processes run from dist, which `npm test` builds first. */
export const MAIN = fileURLToPath(new URL('../main.js', import.meta.url).href.replace('/src/', '/dist/'));

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

/** A worker as its own process, with what it prints. */
export class WorkerProcess {
  readonly events: WorkerEvent[] = [];
  readonly lines: string[] = [];
  readonly exit: Promise<Exit>;
  private readonly child: ChildProcess;
  private readonly changes = new Set<() => void>();
  private gone: Exit | undefined;

  constructor(args: readonly string[], env: Record<string, string> = {}) {
    this.child = spawn(process.execPath, [MAIN, ...args], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let stderr = '';
    this.child.stderr?.on('data', (chunk: Buffer) => { stderr += chunk.toString('utf8'); });
    const output = createInterface({ input: this.child.stdout! });
    output.on('line', (line) => {
      this.lines.push(line);
      if (line.startsWith('{')) this.events.push(JSON.parse(line) as WorkerEvent);
      this.changed();
    });
    this.exit = new Promise((resolve) => {
      this.child.once('close', (code, signal) => {
        this.gone = { code, signal, stderr };
        resolve(this.gone);
        this.changed();
      });
    });
  }

  /** The first event of this kind that satisfies `where`. Fails when the process ends before. */
  async event<E extends WorkerEvent['event']>(
    kind: E,
    where: (event: Extract<WorkerEvent, { event: E }>) => boolean = () => true,
  ): Promise<Extract<WorkerEvent, { event: E }>> {
    for (;;) {
      const found = this.events.find((each): each is Extract<WorkerEvent, { event: E }> => each.event === kind && where(each as Extract<WorkerEvent, { event: E }>));
      if (found) return found;
      if (this.gone) throw new Error(`the worker ended without ${kind}: ${JSON.stringify(this.gone)} ${this.lines.join('\n')}`);
      await new Promise<void>((resolve) => this.changes.add(resolve));
    }
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Exit> {
    this.child.kill(signal);
    return this.exit;
  }

  private changed(): void {
    const waiting = [...this.changes];
    this.changes.clear();
    for (const resolve of waiting) resolve();
  }
}
