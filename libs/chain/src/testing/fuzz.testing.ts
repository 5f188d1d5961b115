import fc from 'fast-check';
import { expect } from 'vitest';
import { concatBytes, equalBytes } from '../bytes.js';
import { ChainError } from '../chain-error.js';

/** How many fuzzers share the time. */
const FUZZERS = 20;
/** Seconds of each fuzzer: its share of FUZZ_SECONDS, or short enough for every run of the tests. */
const seconds = (Number(process.env['FUZZ_SECONDS'] ?? '0') / FUZZERS) || 0.3;
/** One input may take this long on a busy machine; whatever takes longer hangs. */
const HANG_MS = 3000;

/** The time a test of one fuzzer needs. */
export const FUZZ_TIMEOUT_MS = seconds * 1000 + 60_000;

export interface FuzzTarget {
  /** Valid inputs, which are changed. */
  readonly seeds: readonly Uint8Array[];
  /**
   * Reads an input and gives the bytes that its content encodes to. Throwing a ChainError is a refusal; anything else
   * is a crash, and other bytes are a second encoding of one content.
   */
  readonly roundTrip: (input: Uint8Array) => Uint8Array;
}

/** Numbers that stand at the edges of length fields. */
const EDGES = [0, 1, 0x7f, 0x80, 0xff];

type Edit = (bytes: Uint8Array) => Uint8Array;

const splice = (bytes: Uint8Array, at: number, drop: number, insert: Uint8Array): Uint8Array => {
  const start = at % (bytes.length + 1);
  return concatBytes(bytes.subarray(0, start), insert, bytes.subarray(start + drop));
};

const flip = (bytes: Uint8Array, at: number, bit: number): Uint8Array => {
  const copy = bytes.slice();
  if (copy.length > 0) copy[at % copy.length]! ^= 1 << bit;
  return copy;
};

function edits(dictionary: readonly Uint8Array[]): fc.Arbitrary<Edit> {
  const at = fc.nat({ max: 0xfffff });
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 8 }),
    fc.constantFrom(...EDGES).chain((edge) => fc.integer({ min: 1, max: 8 }).map((length) => new Uint8Array(length).fill(edge))),
    fc.constantFrom(...dictionary),
  );
  return fc.oneof(
    fc.tuple(at, fc.nat({ max: 7 })).map(([place, bit]): Edit => (bytes) => flip(bytes, place, bit)),
    fc.tuple(at, piece).map(([place, insert]): Edit => (bytes) => splice(bytes, place, insert.length, insert)),
    fc.tuple(at, piece).map(([place, insert]): Edit => (bytes) => splice(bytes, place, 0, insert)),
    fc.tuple(at, fc.nat({ max: 40 })).map(([place, drop]): Edit => (bytes) => splice(bytes, place, drop, new Uint8Array(0))),
    fc.tuple(at, at, fc.nat({ max: 200 })).map(([from, to, length]): Edit => (bytes) => {
      const start = from % (bytes.length + 1);
      return splice(bytes, to, 0, bytes.slice(start, start + length));
    }),
    at.map((length): Edit => (bytes) => bytes.slice(0, length % (bytes.length + 1))),
  );
}

/** Tokens of every text format here: what JSON, notes and paths are made of. */
const TEXT_TOKENS = [
  '{', '}', '[', ']', ',', ':', '"', '\\', '\\u0041', '\\ud800', '""', '0', '-0', '1e9', '01', '1.0', 'null', 'true', '__proto__', '\n', '\n\n', ' ', '\t', '\u2014 ', '=', '==', '+', '/', 'x001', '.p/',
  '9007199254740991', '9007199254740992', '\u00e9', 'e\u0301', '\ufeff', '\u0000', '\u2028',
].map((token) => new TextEncoder().encode(token));

/** Inputs near the seeds, and a few that are nothing but noise. */
export function fuzzedInputs(seeds: readonly Uint8Array[], text: boolean): fc.Arbitrary<Uint8Array> {
  const near = fc.tuple(fc.constantFrom(...seeds), fc.array(edits(text ? TEXT_TOKENS : seeds.map((seed) => seed.slice(0, 16))), { maxLength: 6 }))
    .map(([seed, changes]) => changes.reduce((bytes, change) => change(bytes), seed));
  return fc.oneof({ arbitrary: near, weight: 20 }, { arbitrary: fc.uint8Array({ maxLength: 300 }), weight: 1 });
}

export const fuzzParameters = { numRuns: 10_000_000, interruptAfterTimeLimit: seconds * 1000, markInterruptAsFailure: false } as const;

/**
 * Feeds a decoder changed inputs for a while.
 * @returns how many it read and how many of them it accepted
 */
export function fuzz(target: FuzzTarget, text = false): { readonly runs: number; readonly accepted: number } {
  let runs = 0;
  let accepted = 0;
  for (const seed of target.seeds) expect(equalBytes(target.roundTrip(seed), seed)).toBe(true);
  fc.assert(fc.property(fuzzedInputs(target.seeds, text), (input) => {
    runs++;
    const started = performance.now();
    const encoded = outcome(() => target.roundTrip(input));
    if (performance.now() - started > HANG_MS) throw new Error('This input takes too long.');
    if (encoded === undefined) return;
    accepted++;
    if (!equalBytes(encoded, input)) throw new Error('Accepted, though it is not the encoding of its content.');
  }), fuzzParameters);
  return { runs, accepted };
}

/** @returns undefined when the call refuses as it should */
export function outcome<T>(call: () => T): T | undefined {
  try {
    return call();
  } catch (error) {
    if (error instanceof ChainError) return undefined;
    throw error;
  }
}
