/**
 * AssemblyScript kernels of the exact aggregate, WebAssembly SIMD128 (no relaxed instruction: those may differ between
 * machines). `src/aggregate/plain-accumulators.ts` is the twin in TypeScript; tests hold both to the same bits.
 *
 * Pointers are byte offsets into the one imported memory and need no alignment; counts are elements, any number.
 *
 * Sums are 64-bit integers. With S = 1.5 · 2^52 and |x| ≤ 2^51, the float64 x + S lies where neighbours are 1 apart: the
 * addition rounds x to an integer q, ties to even, and the bits of the result, read as an integer, are those of S plus q.
 * So one float64 addition rounds and one integer addition sums.
 */

// @ts-ignore: decorator
@inline
const S: f64 = 6755399441055744.0;
/** The bits of S. */
// @ts-ignore: decorator
@inline
const S_BITS: i64 = 0x4338000000000000;
/** Elements that are scanned before they are folded: four blocks and their sums stay in the first-level cache. */
// @ts-ignore: decorator
@inline
const BLOCK: i32 = 1024;

/** The largest magnitude among `count` float32, as bits: one integer maximum finds NaN, infinity and |x| > B together. */
export function scan(source: usize, count: i32): i32 {
  const end = source + (<usize>count << 2);
  const wholeEnd = source + (<usize>(count & ~7) << 2);
  const magnitude = i32x4.splat(0x7fffffff);
  let even = i32x4.splat(0);
  let odd = even;
  for (; source < wholeEnd; source += 32) {
    even = i32x4.max_s(even, v128.and(v128.load(source), magnitude));
    odd = i32x4.max_s(odd, v128.and(v128.load(source, 16), magnitude));
  }
  even = i32x4.max_s(even, odd);
  let largest = max(
    max(i32x4.extract_lane(even, 0), i32x4.extract_lane(even, 1)),
    max(i32x4.extract_lane(even, 2), i32x4.extract_lane(even, 3)),
  );
  for (; source < end; source += 4) largest = max(largest, load<i32>(source) & 0x7fffffff);
  return largest;
}

/**
 * sums[i] += rne(source[i] · scale), source float32. Before a block is folded it is scanned: where a magnitude has bits above
 * `largest` the fold stops, and the same call over what was folded with the opposite scale takes it out again.
 * @param largest −1 for what was scanned before
 * @returns the elements folded: `count`, or those before the refused block
 */
export function fold(sums: usize, source: usize, count: i32, scale: f64, largest: i32): i32 {
  const factor = f64x2.splat(scale);
  const shift = f64x2.splat(S);
  const bias = i64x2.splat(-S_BITS);
  for (let done = 0; done < count; done += BLOCK) {
    const block = min(count - done, BLOCK);
    if (largest >= 0 && scan(source, block) > largest) return done;
    const end = source + (<usize>block << 2);
    const wholeEnd = source + (<usize>(block & ~7) << 2);
    for (; source < wholeEnd; source += 32) {
      v128.store(sums, i64x2.add(i64x2.add(v128.load(sums), bias), shifted(source, factor, shift)));
      v128.store(sums, i64x2.add(i64x2.add(v128.load(sums, 16), bias), shifted(source + 8, factor, shift)), 16);
      v128.store(sums, i64x2.add(i64x2.add(v128.load(sums, 32), bias), shifted(source + 16, factor, shift)), 32);
      v128.store(sums, i64x2.add(i64x2.add(v128.load(sums, 48), bias), shifted(source + 24, factor, shift)), 48);
      sums += 64;
    }
    for (; source < end; source += 4) {
      store<i64>(sums, load<i64>(sums) + steps(source, scale));
      sums += 8;
    }
  }
  return count;
}

/** `fold` of four updates: the sums are read and written once for the four. */
export function fold4(
  sums: usize, a: usize, b: usize, c: usize, d: usize, count: i32,
  scaleA: f64, scaleB: f64, scaleC: f64, scaleD: f64, largest: i32,
): i32 {
  const fa = f64x2.splat(scaleA);
  const fb = f64x2.splat(scaleB);
  const fc = f64x2.splat(scaleC);
  const fd = f64x2.splat(scaleD);
  const shift = f64x2.splat(S);
  // Modulo 2^64, as the sum itself is in between.
  const bias = i64x2.splat(-4 * S_BITS);
  for (let done = 0; done < count; done += BLOCK) {
    const block = min(count - done, BLOCK);
    if (largest >= 0 && max(max(scan(a, block), scan(b, block)), max(scan(c, block), scan(d, block))) > largest) return done;
    const end = a + (<usize>block << 2);
    const wholeEnd = a + (<usize>(block & ~3) << 2);
    for (; a < wholeEnd; a += 16) {
      add4(sums, a, b, c, d, fa, fb, fc, fd, shift, bias);
      add4(sums + 16, a + 8, b + 8, c + 8, d + 8, fa, fb, fc, fd, shift, bias);
      sums += 32;
      b += 16;
      c += 16;
      d += 16;
    }
    for (; a < end; a += 4) {
      store<i64>(sums, load<i64>(sums) + steps(a, scaleA) + steps(b, scaleB) + steps(c, scaleC) + steps(d, scaleD));
      sums += 8;
      b += 4;
      c += 4;
      d += 4;
    }
  }
  return count;
}

/** Two float32 times the factor, rounded, as integers plus S_BITS. */
// @ts-ignore: decorator
@inline
function shifted(source: usize, factor: v128, shift: v128): v128 {
  return f64x2.add(f64x2.mul(f64x2.promote_low_f32x4(v128.load64_zero(source)), factor), shift);
}

/** rne(source · scale) */
// @ts-ignore: decorator
@inline
function steps(source: usize, scale: f64): i64 {
  return reinterpret<i64>(<f64>load<f32>(source) * scale + S) - S_BITS;
}

// @ts-ignore: decorator
@inline
function add4(
  sums: usize, a: usize, b: usize, c: usize, d: usize, fa: v128, fb: v128, fc: v128, fd: v128, shift: v128, bias: v128,
): void {
  const two = i64x2.add(shifted(a, fa, shift), shifted(b, fb, shift));
  const other = i64x2.add(shifted(c, fc, shift), shifted(d, fd, shift));
  v128.store(sums, i64x2.add(i64x2.add(two, other), i64x2.add(v128.load(sums), bias)));
}

/** Zeroes `bytes` bytes. */
export function clear(at: usize, bytes: usize): void {
  memory.fill(at, 0, bytes);
}

/** out[i] = sums[i] as float64, which holds it exactly: |sum| ≤ 2^51. */
export function read(sums: usize, out: usize, count: i32): void {
  for (const end = sums + (<usize>count << 3); sums < end; sums += 8) {
    store<f64>(out, value(sums));
    out += 8;
  }
}

// @ts-ignore: decorator
@inline
function value(sum: usize): f64 {
  return reinterpret<f64>(load<i64>(sum) + S_BITS) - S;
}

/** sums[i] += source[i], source whole numbers in float64: two partial sums of one grid become one. */
export function merge(sums: usize, source: usize, count: i32): void {
  for (const end = sums + (<usize>count << 3); sums < end; sums += 8) {
    store<i64>(sums, load<i64>(sums) + (reinterpret<i64>(load<f64>(source) + S) - S_BITS));
    source += 8;
  }
}

/** base[i] = fround(base[i] + sums[i] / divisor) in place; a sum of zero leaves the base's bits, so −0 stays −0. */
export function finish(sums: usize, base: usize, count: i32, divisor: f64): void {
  const end = base + (<usize>count << 2);
  const wholeEnd = base + (<usize>(count & ~3) << 2);
  const by = f64x2.splat(divisor);
  const zero = i64x2.splat(0);
  const shift = f64x2.splat(S);
  const bits = i64x2.splat(S_BITS);
  for (; base < wholeEnd; base += 16) {
    const before = v128.load(base);
    const low = v128.load(sums);
    const high = v128.load(sums, 16);
    const lowSum = f64x2.sub(i64x2.add(low, bits), shift);
    const highSum = f64x2.sub(i64x2.add(high, bits), shift);
    const after = v128.shuffle<i32>(
      f32x4.demote_f64x2_zero(f64x2.add(f64x2.promote_low_f32x4(before), f64x2.div(lowSum, by))),
      f32x4.demote_f64x2_zero(
        f64x2.add(f64x2.promote_low_f32x4(v128.shuffle<i32>(before, before, 2, 3, 2, 3)), f64x2.div(highSum, by)),
      ),
      0, 1, 4, 5,
    );
    const untouched = v128.shuffle<i32>(i64x2.eq(low, zero), i64x2.eq(high, zero), 0, 2, 4, 6);
    v128.store(base, v128.bitselect(before, after, untouched));
    sums += 32;
  }
  for (; base < end; base += 4) {
    if (load<i64>(sums) != 0) store<f32>(base, <f32>(<f64>load<f32>(base) + value(sums) / divisor));
    sums += 8;
  }
}
