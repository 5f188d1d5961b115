import { availableParallelism } from 'node:os';
import { kernelMemory } from '@fedseal/model/aggregate/kernel-memory';
import { describe, expect, it } from 'vitest';
import { ReceivedUpdates } from './received-updates.js';

async function* piecesOf(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 300) yield await Promise.resolve(bytes.subarray(at, at + 300));
}

/** Uploads a file of this size. @returns whether there was room for it */
async function upload(received: ReceivedUpdates, sha256: string, size: number): Promise<boolean> {
  const landing = received.begin(size);
  if (landing === undefined) return false;
  const bytes = Buffer.alloc(size, sha256);
  const seen: Buffer[] = [];
  for await (const piece of landing.watch(piecesOf(bytes))) seen.push(piece);
  expect(Buffer.concat(seen).equals(bytes)).toBe(true);
  landing.keep(sha256);
  return true;
}

describe('ReceivedUpdates', () => {
  it('hands a file over once, with its bytes', async () => {
    const received = new ReceivedUpdates(10_000);
    expect(await upload(received, 'a', 4000)).toBe(true);
    const taken = received.take('a')!;
    expect(Buffer.from(taken.file.bytes).equals(Buffer.alloc(4000, 'a'))).toBe(true);
    expect(received.take('a')).toBeUndefined();
    taken.release();
    expect(received.take('b')).toBeUndefined();
  });

  it('lets the longest waiting go for a new one, and never what is taken or under way', async () => {
    const received = new ReceivedUpdates(10_000);
    await upload(received, 'a', 4000);
    await upload(received, 'b', 4000);
    await upload(received, 'c', 4000);
    expect(received.take('a')).toBeUndefined();
    const taken = received.take('b')!;
    const under = received.begin(6000)!;
    expect(received.take('c')).toBeUndefined();
    expect(received.begin(1)).toBeUndefined();
    expect(Buffer.from(taken.file.bytes).equals(Buffer.alloc(4000, 'b'))).toBe(true);
    under.drop();
    taken.release();
    expect(await upload(received, 'd', 10_000)).toBe(true);
  });

  it('keeps nothing without a length, past the budget, or that ended early', async () => {
    const received = new ReceivedUpdates(10_000);
    expect(received.begin(0)).toBeUndefined();
    expect(received.begin(10_001)).toBeUndefined();
    expect(new ReceivedUpdates(0).begin(1)).toBeUndefined();
    const landing = received.begin(900)!;
    for await (const _ of landing.watch(piecesOf(Buffer.alloc(300)))) void _;
    landing.keep('a');
    expect(received.take('a')).toBeUndefined();
    expect(received.begin(10_000)).toBeDefined();
  });

  it('keeps one of two uploads of the same file', async () => {
    const received = new ReceivedUpdates(10_000);
    await upload(received, 'a', 4000);
    await upload(received, 'a', 4000);
    received.take('a')!.release();
    expect(received.take('a')).toBeUndefined();
    expect(received.begin(10_000)).toBeDefined();
  });

  it('starts threads with the first large file, where there are cores for them, and ends them', async () => {
    const received = new ReceivedUpdates(10_000, 5000);
    await upload(received, 'a', 4000);
    expect(kernelMemory().crew).toBeUndefined();
    await upload(received, 'b', 5000);
    expect(kernelMemory().crew !== undefined).toBe(availableParallelism() > 1);
    await received.onModuleDestroy();
    expect(kernelMemory().crew).toBeUndefined();
  });
});
