import type { Grid } from './grid.js';

/**
 * The exact aggregate once more, in whole numbers of any length: no float64 takes part in a sum or a rounding, so it shares
 * no trick with what it checks.
 */

export interface Update {
  readonly delta: Float32Array;
  readonly weight: number;
}

/** n · 2^e */
interface Dyadic {
  readonly n: bigint;
  readonly e: number;
}

/** @returns the model's float32 by the definition: base + Σ rne(Δ·a·2^s) / (D·2^s), or the base's bits where the sum is zero. */
export function referenceModel(base: Float32Array, updates: readonly Update[], denominator: number, grid: Grid): Float32Array {
  const sums = referenceSums(base.length, updates, grid);
  const bits = new Int32Array(base.slice().buffer);
  const model = new Float32Array(bits.buffer);
  sums.forEach((sum, i) => {
    if (sum === 0n) return;
    // Three roundings, each a correct one: the quotient and the addition to 53 bits, the result to float32.
    const quotient = roundQuotient(sum, BigInt(denominator), -grid.s, 53);
    const total = roundToBits(add(dyadic(base[i]!), quotient), 53);
    model[i] = toFloat32(total);
  });
  return model;
}

/** @returns Σ rne(Δ·a·2^s) of each element */
export function referenceSums(length: number, updates: readonly Update[], grid: Grid): bigint[] {
  const sums = new Array<bigint>(length).fill(0n);
  for (const { delta, weight } of updates) {
    for (let i = 0; i < length; i++) {
      const { n, e } = dyadic(delta[i]!);
      // The product is one float64: exact unless the weight has more than 29 bits.
      const product = roundToBits({ n: n * BigInt(weight), e }, 53);
      sums[i] = sums[i]! + roundToInteger(product.n, product.e + grid.s);
    }
  }
  return sums;
}

/** The exact value of a float32 or float64. */
export function dyadic(value: number): Dyadic {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const exponent = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xfffffffffffffn;
  const magnitude = exponent === 0 ? fraction : fraction | 0x10000000000000n;
  return { n: bits >> 63n ? -magnitude : magnitude, e: Math.max(exponent, 1) - 1075 };
}

/** n · 2^e to the nearest whole number, ties to even. */
export function roundToInteger(n: bigint, e: number): bigint {
  if (e >= 0) return n << BigInt(e);
  return divideToEven(n, 1n << BigInt(-e));
}

function divideToEven(n: bigint, d: bigint): bigint {
  const magnitude = n < 0n ? -n : n;
  const whole = magnitude / d;
  const twice = 2n * (magnitude % d);
  const up = twice > d || (twice === d && whole % 2n === 1n);
  const rounded = up ? whole + 1n : whole;
  return n < 0n ? -rounded : rounded;
}

function bitLength(n: bigint): number {
  return n === 0n ? 0 : (n < 0n ? -n : n).toString(2).length;
}

function roundToBits({ n, e }: Dyadic, bits: number): Dyadic {
  const excess = bitLength(n) - bits;
  return excess <= 0 ? { n, e } : { n: divideToEven(n, 1n << BigInt(excess)), e: e + excess };
}

/** n / d · 2^e to `bits` significant bits. */
function roundQuotient(n: bigint, d: bigint, e: number, bits: number): Dyadic {
  // The quotient gets at least one bit more than asked for, and a last bit that says whether anything was left over.
  const shift = Math.max(0, bits + 2 - bitLength(n) + bitLength(d));
  const scaled = (n < 0n ? -n : n) << BigInt(shift);
  const sticky = ((scaled / d) << 1n) | (scaled % d === 0n ? 0n : 1n);
  return roundToBits({ n: n < 0n ? -sticky : sticky, e: e - shift - 1 }, bits);
}

function add(a: Dyadic, b: Dyadic): Dyadic {
  const e = Math.min(a.e, b.e);
  return { n: (a.n << BigInt(a.e - e)) + (b.n << BigInt(b.e - e)), e };
}

/** To 24 bits, or fewer below 2^-126, where float32 has a fixed step of 2^-149. */
function toFloat32(value: Dyadic): number {
  const bits = Math.min(24, bitLength(value.n) + value.e + 149);
  const { n, e } = bits >= 1 ? roundToBits(value, bits) : { n: roundToInteger(value.n, value.e + 149), e: -149 };
  // At most 24 bits, so both factors and the product are exact.
  let scaled = Number(n);
  for (let step = e; step !== 0; step -= Math.sign(step)) scaled *= step > 0 ? 2 : 0.5;
  return scaled;
}
