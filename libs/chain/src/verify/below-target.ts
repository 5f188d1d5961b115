/**
 * `2^k · hash < m · 2^224` without big integers, for headers by the hundred thousand: the bound is a multiple of 2^(224 − k), so the
 * first k bits of the hash must be zero and the 32 bits after them be less than m. The same as `meetsTarget`.
 * @param hash 32 bytes, read as a big-endian integer
 * @param k 0 to 224 @param m 2^31 to 2^32 − 1, both checked before
 */
export function isBelowTarget(hash: Uint8Array, k: number, m: number): boolean {
  const whole = k >> 3;
  for (let i = 0; i < whole; i++) if (hash[i] !== 0) return false;
  const shift = k & 7;
  const first = hash[whole] as number;
  if (first >> (8 - shift) !== 0) return false;
  // 40 bits from the byte in which the k zeros end; for k = 224 the fifth byte is beyond the hash.
  const window = (first * 2 ** 32 + (hash[whole + 1] as number) * 2 ** 24 + (hash[whole + 2] as number) * 2 ** 16)
    + (hash[whole + 3] as number) * 2 ** 8 + (hash[whole + 4] ?? 0);
  return Math.floor(window / (1 << (8 - shift))) < m;
}
