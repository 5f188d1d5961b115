import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';

// src/ and dist/ lie side by side, so this holds from both.
const PROGRAM = fileURLToPath(new URL('../../../../bench/pytorch/train_step.py', import.meta.url));

export interface TorchSubject {
  readonly model: 'mission-cnn' | 'mcmahan-cnn';
  readonly batch: number;
}

/** PyTorch on one thread, in a process that waits while the other side has its turn. */
export class TorchProcess {
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly lines: Interface;
  private readonly answers: AsyncIterator<string>;

  /** @param python an interpreter that can import `torch` */
  constructor(private readonly python: string) {
    this.child = spawn(python, ['-W', 'ignore', PROGRAM], { stdio: ['pipe', 'pipe', 'pipe'] });
    this.child.stderr.resume();
    this.lines = createInterface(this.child.stdout);
    this.answers = this.lines[Symbol.asyncIterator]();
    this.child.on('error', () => this.lines.close());
    this.child.stdin.on('error', () => undefined);
  }

  /** @returns PyTorch's version @throws Error where the interpreter has no PyTorch */
  async open(subject: TorchSubject): Promise<string> {
    return (await this.ask<{ torch: string }>({ do: 'open', ...subject })).torch;
  }

  /** @returns milliseconds of each step */
  async steps(count: number): Promise<number[]> {
    return (await this.ask<{ ms: number[] }>({ do: 'steps', count })).ms;
  }

  close(): void {
    this.child.stdin.end();
  }

  private async ask<Answer>(request: object): Promise<Answer> {
    this.child.stdin.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await this.answers.next();
    if (done) throw new Error(`${this.python} ended without an answer; it must be a Python that can import torch.`);
    return JSON.parse(value) as Answer;
  }
}
