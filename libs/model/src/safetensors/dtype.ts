/** Element types that are read; all become float32. Written files hold F32 only. */
export type Dtype = 'F32' | 'F16' | 'BF16';

const BYTES: Record<Dtype, number> = { F32: 4, F16: 2, BF16: 2 };

export function isDtype(name: string): name is Dtype {
  return Object.hasOwn(BYTES, name);
}

export function bytesPerElement(dtype: Dtype): number {
  return BYTES[dtype];
}

/**
 * Bits of a float16 (IEEE 754 binary16) as the bits of the same value in float32. Exact: every binary16 value is a float32,
 * subnormals included; a NaN keeps its payload in the upper bits.
 */
export function widenFloat16(bits: number): number {
  const sign = (bits & 0x8000) << 16;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return sign | 0x7f800000 | (fraction << 13);
  if (exponent !== 0) return sign | ((exponent + 112) << 23) | (fraction << 13);
  if (fraction === 0) return sign;
  // Subnormal: fraction · 2^-24. Its leading bit becomes the implicit one.
  const shift = Math.clz32(fraction) - 21;
  return sign | ((113 - shift) << 23) | (((fraction << shift) & 0x3ff) << 13);
}

/** Bits of a bfloat16 as float32: its upper half. */
export function widenBfloat16(bits: number): number {
  return bits << 16;
}
