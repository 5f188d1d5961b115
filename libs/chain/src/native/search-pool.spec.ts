import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { decodeHeader } from '../header/header.js';
import type { Header } from '../header/header.js';
import { SearchPool } from './search-pool.js';
import type { SearchOptions } from './search-pool.js';

const NOW_MS = 1_800_000_000_000;
const options: SearchOptions = {
  nowMs: () => NOW_MS,
  monotonicMs: () => performance.now(),
  randomBytes: (length) => Uint8Array.from(randomBytes(length)),
};

function template(k: number, m: number, sealStartMs = 0): Header {
  const filled = (byte: number) => new Uint8Array(32).fill(byte);
  return {
    height: 3, chainId: filled(1), previousHash: filled(2), treeSize: 9, treeRoot: filled(3), rounds: 1,
    sealStartMs, timestampMs: 5, k, m, extraNonce: new Uint8Array(16), nonce: 99n,
  };
}

function hashOf(header: Uint8Array): bigint {
  return BigInt(`0x${createHash('sha256').update(header).digest('hex')}`);
}

const pools: SearchPool[] = [];
function poolOf(threads: number): SearchPool {
  const pool = new SearchPool({ threads });
  pools.push(pool);
  return pool;
}
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
});

describe('SearchPool', () => {
  it.each([[1], [2], [3]])('finds headers that meet their target, on %i threads', async (threads) => {
    const pool = poolOf(threads);
    for (const [k, m] of [[0, 0xffffffff], [8, 0x80000000], [16, 0xdeadbeef], [20, 0x80000001]] as const) {
      const { header, tries, seconds } = await pool.search(template(k, m), options);
      expect(hashOf(header) << BigInt(k) < BigInt(m) << 224n).toBe(true);
      const found = decodeHeader(header);
      expect(found).toMatchObject({ height: 3, treeSize: 9, rounds: 1, k, m, sealStartMs: NOW_MS });
      expect(found.timestampMs).toBeGreaterThanOrEqual(NOW_MS);
      expect(found.timestampMs - NOW_MS).toBeLessThanOrEqual(1000 * seconds + 1);
      expect(tries).toBeGreaterThan(0n);
    }
  });

  it('begins no earlier than the previous block, whatever the wall clock says', async () => {
    const { header } = await poolOf(1).search(template(4, 0x80000000, NOW_MS + 60_000), options);
    const found = decodeHeader(header);
    expect(found.sealStartMs).toBe(NOW_MS + 60_000);
    expect(found.timestampMs).toBeGreaterThanOrEqual(NOW_MS + 60_000);
  });

  it('refreshes the timestamp as the search goes on', async () => {
    const pool = poolOf(2);
    // About 8 million tries, tenths of a second: time must have passed in one search of a few.
    let elapsedMs = 0;
    for (let i = 0; i < 20 && elapsedMs < 10; i++) {
      const { header, seconds } = await pool.search(template(22, 0x80000000), options);
      const found = decodeHeader(header);
      elapsedMs = found.timestampMs - found.sealStartMs;
      expect(elapsedMs).toBeLessThanOrEqual(1000 * seconds + 1);
    }
    expect(elapsedMs).toBeGreaterThanOrEqual(10);
  });

  it('gives every thread nonces of its own', async () => {
    const pool = poolOf(2);
    const winners = new Set<string>();
    const constant = { ...options, randomBytes: (length: number) => new Uint8Array(length).fill(7) };
    for (let i = 0; i < 200 && winners.size < 2; i++) {
      const { header } = await pool.search(template(19, 0x80000000, NOW_MS + i), constant);
      winners.add(Buffer.from(decodeHeader(header).extraNonce).toString('hex'));
    }
    expect([...winners].sort()).toEqual([`${'07'.repeat(12)}00000000`, `${'07'.repeat(12)}00000001`]);
  });

  it('searches anew after a search was aborted', async () => {
    const pool = poolOf(2);
    const abort = new AbortController();
    const endless = pool.search(template(200, 0x80000000), { ...options, signal: abort.signal });
    const refused = expect(endless).rejects.toThrow('enough');
    await expect(pool.search(template(0, 0x80000000), options)).rejects.toMatchObject({ rule: 'pow.busy' });
    await expect(pool.measureRate(1)).rejects.toMatchObject({ rule: 'pow.busy' });
    abort.abort(new Error('enough'));
    await refused;
    const { header } = await pool.search(template(12, 0x80000000), options);
    expect(hashOf(header) >> 244n).toBe(0n);
  });

  it('starts nothing for a signal that is aborted already', async () => {
    const signal = AbortSignal.abort(new Error('too late'));
    await expect(poolOf(1).search(template(0, 0x80000000), { ...options, signal })).rejects.toThrow('too late');
  });

  it('leaves the calling thread free', async () => {
    const abort = new AbortController();
    const endless = poolOf(1).search(template(200, 0x80000000), { ...options, signal: abort.signal });
    const refused = expect(endless).rejects.toThrow();
    let turns = 0;
    const until = performance.now() + 100;
    while (performance.now() < until) {
      await new Promise((resolve) => setImmediate(resolve));
      turns++;
    }
    abort.abort();
    await refused;
    expect(turns).toBeGreaterThan(100);
  });

  it('measures the rate of one thread', async () => {
    const pool = poolOf(2);
    const rate = await pool.measureRate(50);
    expect(rate).toBeGreaterThan(500_000);
    expect((await pool.search(template(8, 0x80000000), options)).tries).toBeGreaterThan(0n);
  });

  it('refuses to work once closed, and rejects what it was doing', async () => {
    const pool = poolOf(1);
    const refused = expect(pool.search(template(200, 0x80000000), options)).rejects.toMatchObject({ rule: 'pow.closed' });
    await pool.close();
    await refused;
    await expect(pool.search(template(0, 0x80000000), options)).rejects.toMatchObject({ rule: 'pow.closed' });
  });

  it('refuses a header that no chain accepts', async () => {
    await expect(poolOf(1).search(template(225, 0x80000000), options)).rejects.toMatchObject({ rule: 'header.k' });
    expect(() => new SearchPool({ threads: 0 })).toThrow(expect.objectContaining({ rule: 'pow.threads' }));
  });

  it('never holds a process: one that only searches ends', async () => {
    const built = new URL('../../dist/native/search-pool.js', import.meta.url).href;
    const script = `
      import { SearchPool } from ${JSON.stringify(built)};
      const pool = new SearchPool({ threads: 2 });
      console.log(await pool.measureRate(5) > 0);
      const zero = new Uint8Array(32);
      void pool.search(
        { height: 0, chainId: zero, previousHash: zero, treeSize: 1, treeRoot: zero, rounds: 0, sealStartMs: 0,
          timestampMs: 0, k: 224, m: 2 ** 31, extraNonce: zero.subarray(16), nonce: 0n },
        { nowMs: Date.now, monotonicMs: () => performance.now(), randomBytes: (n) => new Uint8Array(n) });
      console.log('searching');`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { timeout: 30_000 });
    expect(stdout).toBe('true\nsearching\n');
  });
});
