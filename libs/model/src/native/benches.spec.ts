import { describe, expect, it } from 'vitest';
import { median } from '../bench/bench-row.js';
import type { BenchSize } from '../bench/bench-updates.js';
import { benchExact } from './exact-bench.js';
import { FlowerFunctions } from './flower-functions.js';
import { benchFoldThreads } from './fold-threads-bench.js';
import { benchIngest } from './ingest-bench.js';
import { benchKrum, benchMedian } from './robust-bench.js';

/** Speed is what `fedseal bench` tells; here the benchmarks only run, on little. */
const size: BenchSize = { shapes: [[40, 50], [7]], updates: 9, distinct: 9 };
const plain = 'plain TypeScript sum';

async function namesOf(run: (note: (text: string) => void) => Promise<readonly { name: string; against: string | null; value: number; ratio: number | null }[]>) {
  const notes: string[] = [];
  const rows = await run((text) => void notes.push(text));
  return { notes, rows: rows.map(({ name, against }) => `${name} × ${against}`) };
}

describe('benchmarks of aggregation', () => {
  it('measure against plain TypeScript, and say so, where there is no Python with Flower', async () => {
    const { notes, rows } = await namesOf((note) => benchExact({ passes: 1, size, note }));
    expect(rows).toEqual([`aggregate/exact × ${plain}`, `aggregate/exact-single × ${plain}`]);
    expect(notes.join()).toContain('--python');
    for (const bench of [benchMedian, benchKrum]) {
      const rule = await namesOf((note) => bench({ passes: 1, size, note }));
      expect(rule.rows).toEqual([expect.stringContaining('its plain TypeScript twin')]);
      expect(rule.notes.join()).toContain('is not measured');
    }
  });

  it('measure ingest beside hashing and threads beside one', async () => {
    expect(benchIngest({ passes: 1, size }).map(({ name, against }) => [name, against])).toEqual([['aggregate/ingest', 'SHA-256 alone']]);
    expect((await benchFoldThreads({ passes: 1, size })).map(({ name, against }) => [name, against])).toEqual([['aggregate/threads', 'one thread']]);
  });

  it('say what is wrong with an interpreter that is not there', async () => {
    const flower = new FlowerFunctions('/nowhere/python');
    await expect(flower.prepare(size)).rejects.toThrow('must be a Python that can import flwr');
  });

  it('report medians', () => {
    expect(median([3, 1, 2])).toBe(2);
  });
});
