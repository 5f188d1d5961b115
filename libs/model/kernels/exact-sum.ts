/**
 * AssemblyScript kernels of the exact aggregate, WebAssembly SIMD128 (no relaxed instruction: those may differ between
 * machines). `src/aggregate/plain-accumulators.ts` is the twin in TypeScript; tests hold both to the same bits.
 *
 * Pointers are byte offsets into the one imported memory, 16-byte aligned. Counts are elements and multiples of 8:
 * the caller pads its tile with zeros, which add nothing.
 */

/** 1.5 · 2^52: adding and taking it away again rounds |x| ≤ 2^51 to an integer, ties to even. */
// @ts-ignore: decorator
@inline
const TO_INTEGER: f64 = 6755399441055744.0;

/** The largest magnitude among `count` float32, as bits: one integer maximum finds NaN, infinity and |x| > B together. */
export function scan(source: usize, count: i32): i32 {
  const end = source + (<usize>count << 2);
  const magnitude = i32x4.splat(0x7fffffff);
  let even = i32x4.splat(0);
  let odd = i32x4.splat(0);
  for (; source < end; source += 32) {
    even = i32x4.max_s(even, v128.and(v128.load(source), magnitude));
    odd = i32x4.max_s(odd, v128.and(v128.load(source, 16), magnitude));
  }
  const largest = i32x4.max_s(even, odd);
  return max(
    max(i32x4.extract_lane(largest, 0), i32x4.extract_lane(largest, 1)),
    max(i32x4.extract_lane(largest, 2), i32x4.extract_lane(largest, 3)),
  );
}

/**
 * sums[i] += rne(source[i] · scale), source float32, sums float64. An element whose magnitude has bits above `largest` adds
 * nothing and makes the answer 1, so that the same call with the opposite scale takes out exactly what this one put in.
 */
export function fold(sums: usize, source: usize, count: i32, scale: f64, largest: i32): i32 {
  const end = source + (<usize>count << 2);
  const factor = f64x2.splat(scale);
  const shift = f64x2.splat(TO_INTEGER);
  const magnitude = i32x4.splat(0x7fffffff);
  const limit = i32x4.splat(largest);
  let refused = i32x4.splat(0);
  for (; source < end; source += 32) {
    let first = v128.load(source);
    let second = v128.load(source, 16);
    const beyondFirst = i32x4.gt_s(v128.and(first, magnitude), limit);
    const beyondSecond = i32x4.gt_s(v128.and(second, magnitude), limit);
    refused = v128.or(refused, v128.or(beyondFirst, beyondSecond));
    first = v128.andnot(first, beyondFirst);
    second = v128.andnot(second, beyondSecond);
    add(sums, first, factor, shift);
    add(sums + 16, v128.shuffle<i32>(first, first, 2, 3, 2, 3), factor, shift);
    add(sums + 32, second, factor, shift);
    add(sums + 48, v128.shuffle<i32>(second, second, 2, 3, 2, 3), factor, shift);
    sums += 64;
  }
  return i32(v128.any_true(refused));
}

// @ts-ignore: decorator
@inline
function add(sums: usize, low: v128, factor: v128, shift: v128): void {
  const product = f64x2.mul(f64x2.promote_low_f32x4(low), factor);
  v128.store(sums, f64x2.add(v128.load(sums), f64x2.sub(f64x2.add(product, shift), shift)));
}

/** sums[i] += source[i], both float64: two partial sums of one grid become one. */
export function merge(sums: usize, source: usize, count: i32): void {
  const end = source + (<usize>count << 3);
  for (; source < end; source += 32) {
    v128.store(sums, f64x2.add(v128.load(sums), v128.load(source)));
    v128.store(sums, f64x2.add(v128.load(sums, 16), v128.load(source, 16)), 16);
    sums += 32;
  }
}

/** base[i] = fround(base[i] + sums[i] / divisor) in place; a sum of zero leaves the base's bits, so −0 stays −0. */
export function finish(sums: usize, base: usize, count: i32, divisor: f64): void {
  const end = base + (<usize>count << 2);
  const by = f64x2.splat(divisor);
  const zero = f64x2.splat(0);
  for (; base < end; base += 16) {
    const before = v128.load(base);
    const low = v128.load(sums);
    const high = v128.load(sums, 16);
    const after = v128.shuffle<i32>(
      f32x4.demote_f64x2_zero(f64x2.add(f64x2.promote_low_f32x4(before), f64x2.div(low, by))),
      f32x4.demote_f64x2_zero(
        f64x2.add(f64x2.promote_low_f32x4(v128.shuffle<i32>(before, before, 2, 3, 2, 3)), f64x2.div(high, by)),
      ),
      0, 1, 4, 5,
    );
    const untouched = v128.shuffle<i32>(f64x2.eq(low, zero), f64x2.eq(high, zero), 0, 2, 4, 6);
    v128.store(base, v128.bitselect(before, after, untouched));
    sums += 32;
  }
}
