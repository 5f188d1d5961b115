import { describe, expect, it } from 'vitest';
import { Mutex } from './mutex.js';

describe('Mutex', () => {
  it('runs one at a time in the order of asking, also after a failure', async () => {
    const mutex = new Mutex();
    const log: string[] = [];
    let inside = 0;
    const work = (name: string, turns: number) => async () => {
      expect(++inside).toBe(1);
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      inside--;
      log.push(name);
      if (name === 'b') throw new Error('b failed');
      return name;
    };
    const results = await Promise.allSettled([
      mutex.run(work('a', 9)),
      mutex.run(work('b', 3)),
      mutex.run(work('c', 0)),
    ]);
    expect(log).toEqual(['a', 'b', 'c']);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });
});
