/**
 * SHA-256's compression function on 32-bit words (FIPS 180-4, section 6.2.2), taken apart so that a search can keep a
 * midstate and stop between rounds. It is the readable reference of the generated kernel (`search-module.ts`); for
 * hashing as such use the injected `Crypto`.
 */

/** K, section 4.2.2: the first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
export const ROUND_CONSTANTS: readonly number[] = [
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
];

/** H(0), section 5.3.3. */
export const INITIAL_STATE: readonly number[] = [
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
];

const rotr = (x: number, n: number): number => (x >>> n) | (x << (32 - n));

/** σ0 and σ1 of the message schedule (equations 4.6 and 4.7). */
export const smallSigma0 = (x: number): number => rotr(x, 7) ^ rotr(x, 18) ^ (x >>> 3);
export const smallSigma1 = (x: number): number => rotr(x, 17) ^ rotr(x, 19) ^ (x >>> 10);

/** @param block 16 words @returns the message schedule, 64 words. */
export function messageSchedule(block: ArrayLike<number>): Uint32Array {
  const words = new Uint32Array(64);
  const at = (t: number) => words[t] as number;
  for (let t = 0; t < 16; t++) words[t] = block[t] as number;
  for (let t = 16; t < 64; t++) words[t] = smallSigma1(at(t - 2)) + at(t - 7) + smallSigma0(at(t - 15)) + at(t - 16);
  return words;
}

/** Runs rounds `from` to `to − 1` on the working variables a..h. @returns the eight words after them. */
export function runRounds(state: ArrayLike<number>, words: ArrayLike<number>, from: number, to: number): Uint32Array {
  let [a, b, c, d, e, f, g, h] = Array.from(state) as [number, number, number, number, number, number, number, number];
  for (let t = from; t < to; t++) {
    const sum1 = rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25);
    const choice = (e & f) ^ (~e & g);
    const t1 = (h + sum1 + choice + (ROUND_CONSTANTS[t] as number) + (words[t] as number)) | 0;
    const sum0 = rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22);
    const majority = (a & b) ^ (a & c) ^ (b & c);
    [a, b, c, d, e, f, g, h] = [(t1 + sum0 + majority) | 0, a, b, c, (d + t1) | 0, e, f, g];
  }
  return Uint32Array.of(a, b, c, d, e, f, g, h);
}

/** One compression. @param state 8 words @param block 16 words @returns 8 words, freshly allocated. */
export function compress(state: ArrayLike<number>, block: ArrayLike<number>): Uint32Array {
  const next = runRounds(state, messageSchedule(block), 0, 64);
  for (let i = 0; i < 8; i++) next[i] = (next[i] as number) + (state[i] as number);
  return next;
}

/** Big-endian words of `bytes`, from `offset` on. */
export function readWords(bytes: Uint8Array, offset: number, count: number): Uint32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Uint32Array.from({ length: count }, (_, i) => view.getUint32(offset + 4 * i));
}

/** The inverse of `readWords` for a digest. @returns 4 bytes for each word. */
export function wordsToBytes(words: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(4 * words.length);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < words.length; i++) view.setUint32(4 * i, words[i] as number);
  return bytes;
}
