import type { AnyDashboardEvent, DashboardEvent } from '@fedseal/protocol/dashboard-events';
import { barOf, lineOf } from './progress-lines.js';

/** Shows a run as it happens. */
export interface Display {
  say(text: string): void;
  show(event: AnyDashboardEvent): void;
  close(): void;
}

/** Bars on a terminal, plain lines in a pipe. */
export function createDisplay(stream: NodeJS.WriteStream, rounds: () => number): Display {
  return stream.isTTY ? new LiveDisplay(stream, rounds) : new PlainDisplay(stream, rounds);
}

type Progress = DashboardEvent<'worker.progress.v1'>;

class PlainDisplay implements Display {
  /** The last training figures of each worker, told with its update. */
  private readonly trained = new Map<string, Progress>();

  constructor(
    private readonly stream: NodeJS.WriteStream,
    private readonly rounds: () => number,
  ) {}

  say(text: string): void {
    this.stream.write(`${text}\n`);
  }

  show(event: AnyDashboardEvent): void {
    if (event.name === 'worker.progress.v1') {
      if (event.data.phase === 'training') this.trained.set(event.data.contributor, event.data);
      return;
    }
    const line = lineOf(event, this.rounds(), this.trained);
    if (line !== undefined) this.say(line);
  }

  close(): void {}
}

class LiveDisplay implements Display {
  private readonly bars = new Map<string, Progress>();
  private readonly trained = new Map<string, Progress>();
  private drawn = 0;

  constructor(
    private readonly stream: NodeJS.WriteStream,
    private readonly rounds: () => number,
  ) {}

  say(text: string): void {
    this.erase();
    this.stream.write(`${text}\n`);
    this.draw();
  }

  show(event: AnyDashboardEvent): void {
    if (event.name === 'round.opened.v1') this.bars.clear();
    if (event.name === 'worker.progress.v1') {
      if (event.data.phase === 'training') this.trained.set(event.data.contributor, event.data);
      if (event.data.phase === 'idle') this.bars.delete(event.data.contributor);
      else this.bars.set(event.data.contributor, event.data);
      this.erase();
      this.draw();
      return;
    }
    const line = lineOf(event, this.rounds(), this.trained);
    if (line !== undefined) this.say(line);
  }

  close(): void {
    this.erase();
    this.bars.clear();
  }

  private draw(): void {
    const width = Math.max(20, (this.stream.columns || 80) - 1);
    const bars = [...this.bars.values()].sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
    // As many as fit: a terminal cannot be painted above its first line.
    const shown = bars.slice(0, Math.max(1, (this.stream.rows || 24) - 4));
    for (const bar of shown) this.stream.write(`${barOf(bar).slice(0, width)}\n`);
    this.drawn = shown.length;
  }

  private erase(): void {
    if (this.drawn > 0) this.stream.write(`\u001b[${this.drawn}A\u001b[J`);
    this.drawn = 0;
  }
}
