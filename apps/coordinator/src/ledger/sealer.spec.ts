import { describe, expect, it } from 'vitest';
import type { Header } from '@fedseal/chain/header/header';
import { IDLE_SEAL_MS, RETRY_SEAL_MS, Sealer, sealUrgency } from './sealer.js';
import type { FoundBlock, SealTarget, Waiting } from './sealer.js';
import { ManualTimer } from './timer.testing.js';

interface Template {
  readonly header: Header;
  readonly leaves: number;
}

/** A pool in memory; searches end when the test ends them. */
class Bench implements SealTarget<Template> {
  readonly timer = new ManualTimer();
  readonly sealed: number[] = [];
  readonly started: number[] = [];
  readonly searches: { find: () => void; fail: (error: Error) => void }[] = [];
  urgent = 0;
  calm = 0;
  roundOpen = false;
  dueInMs: number | undefined;
  aborted = 0;
  readonly sealer = new Sealer<Template>(this, (_, signal) => this.search(signal), this.timer);

  waiting(): Waiting {
    return { leaves: this.urgent + this.calm, urgent: this.urgent > 0, roundOpen: this.roundOpen, ...(this.dueInMs === undefined ? {} : { dueInMs: this.dueInMs }) };
  }

  async template(): Promise<Template | undefined> {
    if (sealUrgency(this.waiting()) === 'wait') return undefined;
    return { header: {} as Header, leaves: this.urgent + this.calm };
  }

  async append({ leaves }: Template): Promise<boolean> {
    this.sealed.push(leaves);
    const fromUrgent = Math.min(this.urgent, leaves);
    this.urgent -= fromUrgent;
    this.calm -= leaves - fromUrgent;
    return true;
  }

  announceStart({ leaves }: Template): void {
    this.started.push(leaves);
  }

  private search(signal: AbortSignal): Promise<FoundBlock> {
    return new Promise((resolve, reject) => {
      this.searches.push({
        find: () => resolve({ header: new Uint8Array(176), tries: 1n, seconds: 0 }),
        fail: reject,
      });
      signal.addEventListener('abort', () => {
        this.aborted++;
        reject(new Error('aborted'));
      });
    });
  }

  /** Lets every pending promise go on. */
  settle = () => new Promise<void>((resolve) => setImmediate(resolve));
}

describe('Sealer', () => {
  it('searches at once when a round closed, also while the next one is open', async () => {
    const bench = new Bench();
    bench.roundOpen = true;
    bench.urgent = 1;
    bench.calm = 3;
    bench.sealer.consider();
    await bench.settle();
    expect(bench.started).toEqual([4]);
    bench.searches[0]?.find();
    await bench.settle();
    expect(bench.sealed).toEqual([4]);
    expect(bench.timer.delaysMs).toEqual([]);
  });

  it('seals what closed during a search in one further block', async () => {
    const bench = new Bench();
    bench.urgent = 1;
    bench.sealer.consider();
    await bench.settle();
    bench.urgent += 2;
    bench.sealer.consider();
    bench.sealer.consider();
    await bench.settle();
    expect(bench.searches).toHaveLength(1);
    bench.searches[0]?.find();
    await bench.settle();
    expect(bench.searches).toHaveLength(2);
    bench.searches[1]?.find();
    await bench.settle();
    expect(bench.sealed).toEqual([1, 2]);
  });

  it('lets other leaves wait, and not at all while a round is open', async () => {
    const bench = new Bench();
    bench.calm = 1;
    bench.sealer.consider();
    bench.sealer.consider();
    expect(bench.timer.delaysMs).toEqual([IDLE_SEAL_MS]);
    bench.roundOpen = true;
    bench.sealer.consider();
    expect(bench.timer.delaysMs).toEqual([]);
    bench.roundOpen = false;
    bench.sealer.consider();
    bench.timer.elapse();
    await bench.settle();
    expect(bench.started).toEqual([1]);
  });

  it('does not let what was promised by a time wait for the end of a round', async () => {
    const bench = new Bench();
    bench.calm = 1;
    bench.roundOpen = true;
    bench.dueInMs = 5_000_000;
    bench.sealer.consider();
    bench.sealer.consider();
    expect(bench.timer.delaysMs).toEqual([3_600_000]);
    bench.dueInMs = 1_400_000;
    bench.timer.elapse();
    expect(bench.timer.delaysMs).toEqual([1_400_000]);
    expect(bench.searches).toHaveLength(0);
    bench.dueInMs = 0;
    bench.timer.elapse();
    await bench.settle();
    expect(bench.started).toEqual([1]);
  });

  it('does nothing when nothing waits', async () => {
    const bench = new Bench();
    bench.sealer.consider();
    await bench.settle();
    expect(bench.timer.delaysMs).toEqual([]);
    expect(bench.searches).toHaveLength(0);
  });

  it('tries again after a failure', async () => {
    const bench = new Bench();
    bench.urgent = 1;
    bench.sealer.consider();
    await bench.settle();
    bench.searches[0]?.fail(new Error('the database went away'));
    await bench.settle();
    expect(bench.timer.delaysMs).toEqual([RETRY_SEAL_MS]);
    bench.timer.elapse();
    await bench.settle();
    bench.searches[1]?.find();
    await bench.settle();
    expect(bench.sealed).toEqual([1]);
  });

  it('stops a search and starts no other', async () => {
    const bench = new Bench();
    bench.urgent = 1;
    bench.sealer.consider();
    await bench.settle();
    await bench.sealer.stop();
    bench.sealer.consider();
    await bench.settle();
    expect(bench.aborted).toBe(1);
    expect(bench.searches).toHaveLength(1);
    expect(bench.sealed).toEqual([]);
    expect(bench.timer.delaysMs).toEqual([]);
  });
});
