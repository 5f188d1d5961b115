import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readByteRange } from './byte-range.js';

describe('readByteRange', () => {
  it.each([
    ['bytes=0-0', { start: 0, end: 1 }],
    ['bytes=2-5', { start: 2, end: 6 }],
    ['bytes=7-', { start: 7, end: 10 }],
    ['bytes=-3', { start: 7, end: 10 }],
    ['bytes=-99', { start: 0, end: 10 }],
    ['bytes=8-99', { start: 8, end: 10 }],
    ['BYTES=1-2', { start: 1, end: 3 }],
    ['bytes=10-', 'unsatisfiable'],
    ['bytes=10-20', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=5-2', undefined],
    ['bytes=-', undefined],
    ['bytes=0-1,3-4', undefined],
    ['items=0-1', undefined],
    ['bytes=a-b', undefined],
    ['bytes=0-99999999999999999999', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('reads %j of ten bytes', (field, expected) => {
    expect(readByteRange(field, 10)).toEqual(expected);
  });

  it('has no satisfiable range in an empty file', () => {
    expect(readByteRange('bytes=0-', 0)).toBe('unsatisfiable');
    expect(readByteRange('bytes=-1', 0)).toBe('unsatisfiable');
  });

  it('never leaves the file', () => {
    fc.assert(
      fc.property(fc.nat(50), fc.option(fc.nat(60), { nil: '' }), fc.option(fc.nat(60), { nil: '' }), (size, first, last) => {
        const range = readByteRange(`bytes=${first}-${last}`, size);
        if (typeof range !== 'object') return;
        expect(0 <= range.start && range.start < range.end && range.end <= size).toBe(true);
      }),
    );
  });
});
