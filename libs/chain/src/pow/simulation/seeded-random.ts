/** Draws for a simulation: the same seed gives the same draws on every machine. */
export interface SeededRandom {
  /** @returns a number in [0, 1) */
  uniform(): number;
  /** @returns a draw of the exponential distribution: tries until a find, for one, or time until the next failure. */
  exponential(mean: number): number;
}

/**
 * The mulberry32 generator (T. Ettinger, public domain): 32 bits of state, good enough to draw times, for no secret.
 * @param seed u32
 */
export function seededRandom(seed: number): SeededRandom {
  let state = seed;
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0;
    let x = Math.imul(state ^ (state >>> 15), 1 | state);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
  return { uniform, exponential: (mean) => -Math.log(1 - uniform()) * mean };
}
