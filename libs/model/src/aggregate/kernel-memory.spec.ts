import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allocateIn, KernelMemory, MAX_REGION_BYTES, type Region } from './kernel-memory.js';

describe('KernelMemory', () => {
  it('hands out zeroed regions that never overlap, whatever comes and goes', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 200_000 }), fc.integer({ min: 0, max: 9 })), { maxLength: 40 }), (steps) => {
        const memory = new KernelMemory();
        const held: { region: Region; mark: number }[] = [];
        for (const [i, [bytes, leaver]] of steps.entries()) {
          const region = memory.allocate(bytes)!;
          expect(region.data.every((byte) => byte === 0)).toBe(true);
          region.data.fill(i + 1);
          held.push({ region, mark: i + 1 });
          if (leaver < held.length) held.splice(leaver, 1)[0]!.region.release();
        }
        for (const { region, mark } of held) expect(region.data.every((byte) => byte === mark)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  it('uses released stretches again, joined with their neighbours, once each', () => {
    const memory = new KernelMemory();
    const [a, b, c] = [5000, 100, 9000].map((bytes) => memory.allocate(bytes)!) as [Region, Region, Region];
    a.release();
    c.release();
    b.release();
    b.release();
    expect(memory.allocate(20_000)!.at).toBe(a.at);
    expect(memory.allocate(1)!.at).toBeGreaterThan(c.at);
  });

  it('keeps views alive while it grows, and knows data of before and after as its own', () => {
    const memory = new KernelMemory();
    const floats = ({ data }: Region) => new Float32Array(data.buffer, data.byteOffset, 16);
    const early = floats(memory.allocate(64)!);
    early.fill(7);
    memory.allocate(10_000_000);
    const late = floats(memory.allocate(64)!);
    expect(late.buffer).not.toBe(early.buffer);
    expect([...early]).toEqual(new Array(16).fill(7));
    for (const data of [early, late]) expect(memory.offsetOf(data)).toBe(data.byteOffset);
    expect(memory.offsetOf(late.slice())).toBeUndefined();
  });

  it('says when it is full, and a sum then gets a memory of its own', () => {
    const memory = new KernelMemory(100_000);
    expect(memory.allocate(90_000)).toBeDefined();
    expect(memory.allocate(90_000)).toBeUndefined();
    const own = allocateIn(memory, 90_000);
    expect(own.memory).not.toBe(memory);
    expect(own.region.data).toHaveLength(90_000);
    expect(() => allocateIn(memory, MAX_REGION_BYTES + 1)).toThrow(expect.objectContaining({ code: 'sum-too-long' }));
  });
});
