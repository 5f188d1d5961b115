/// <reference types="node" />
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { BenchSize } from '../bench/bench-updates.js';

// src/ and dist/ lie side by side, so this holds from both.
const PROGRAM = fileURLToPath(new URL('../../../../bench/flower-functions/functions.py', import.meta.url));

export type FlowerFunction = 'aggregate' | 'aggregate_inplace' | 'aggregate_arrayrecords' | 'median' | 'krum';

export interface FlowerVersions {
  readonly flwr: string;
  readonly numpy: string;
  readonly blas: string;
}

/** Flower's own functions in a Python process that has `flwr`, called one at a time between runs of ours. */
export class FlowerFunctions {
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly answers: AsyncIterator<string>;
  private readonly lines: Interface;

  /** @param python an interpreter that can import `flwr` */
  constructor(python: string) {
    this.child = spawn(python, ['-W', 'ignore', PROGRAM], { stdio: ['pipe', 'pipe', 'pipe'] });
    this.child.stderr.resume();
    this.lines = createInterface(this.child.stdout);
    this.answers = this.lines[Symbol.asyncIterator]();
    // Ending without an answer says the same, where somebody waits for one.
    this.child.on('error', () => this.lines.close());
    this.child.stdin.on('error', () => undefined);
  }

  prepare({ shapes, updates, distinct }: BenchSize): Promise<FlowerVersions> {
    return this.ask<FlowerVersions>({ do: 'prepare', shapes, updates, distinct });
  }

  /** @returns seconds of processor time */
  async run(name: FlowerFunction): Promise<number> {
    return (await this.ask<{ cpu_s: number }>({ do: name })).cpu_s;
  }

  close(): void {
    this.child.stdin.end();
  }

  private async ask<Answer>(request: object): Promise<Answer> {
    this.child.stdin.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await this.answers.next();
    if (done) throw new Error(`${this.child.spawnfile} ended without an answer; it must be a Python that can import flwr.`);
    return JSON.parse(value) as Answer;
  }
}
