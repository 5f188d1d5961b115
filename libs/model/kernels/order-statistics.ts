/**
 * AssemblyScript kernels of the coordinate-wise rules, WebAssembly SIMD128. `src/robust/plain-order-statistics.ts` is the twin in
 * TypeScript; tests hold both to the same bits.
 *
 * Sixteen coordinates are handled at a time: their values of all updates are copied into a small scratch, as integers that
 * order as the floats do (−0 before +0; one instruction each for minimum and maximum), and a sorting network runs over it.
 */

/** Bytes of one update's sixteen values. */
// @ts-ignore: decorator
@inline
const LINE: usize = 64;

/** Float bits to an integer of the same order, and back: negative ones run the other way. */
// @ts-ignore: decorator
@inline
function ordered(bits: v128): v128 {
  return v128.xor(bits, v128.and(i32x4.shr_s(bits, 31), i32x4.splat(0x7fffffff)));
}

// @ts-ignore: decorator
@inline
function exchange(low: usize, high: usize): void {
  const a = v128.load(low);
  const b = v128.load(high);
  v128.store(low, i32x4.min_s(a, b));
  v128.store(high, i32x4.max_s(a, b));
}

/**
 * Sorts sixteen columns as far as the network does.
 * @param rows first of `count` values sixteen wide, `stride` bytes apart
 * @param network pairs of byte offsets into the scratch, `comparators` of them
 */
// @ts-ignore: decorator
@inline
function sort(rows: usize, stride: usize, count: i32, scratch: usize, network: usize, comparators: i32): void {
  let line = scratch;
  for (let k = 0; k < count; k++) {
    v128.store(line, ordered(v128.load(rows)));
    v128.store(line, ordered(v128.load(rows, 16)), 16);
    v128.store(line, ordered(v128.load(rows, 32)), 32);
    v128.store(line, ordered(v128.load(rows, 48)), 48);
    rows += stride;
    line += LINE;
  }
  const end = network + (<usize>comparators << 3);
  for (; network < end; network += 8) {
    const low = scratch + load<u32>(network);
    const high = scratch + load<u32>(network, 4);
    exchange(low, high);
    exchange(low + 16, high + 16);
    exchange(low + 32, high + 32);
    exchange(low + 48, high + 48);
  }
}

/**
 * out[i] = the median of column i.
 * @param width columns, a multiple of 16
 */
export function median(
  rows: usize, stride: usize, count: i32, width: i32, scratch: usize, network: usize, comparators: i32, out: usize,
): void {
  const upper = scratch + <usize>(count >> 1) * LINE;
  const lower = count & 1 ? upper : upper - LINE;
  const half = f64x2.splat(0.5);
  for (let column = 0; column < width; column += 16) {
    sort(rows, stride, count, scratch, network, comparators);
    for (let lane: usize = 0; lane < LINE; lane += 16) {
      const b = ordered(v128.load(upper + lane));
      if (count & 1) {
        v128.store(out + lane, b);
      } else {
        const a = ordered(v128.load(lower + lane));
        const low = f64x2.add(f64x2.promote_low_f32x4(a), f64x2.promote_low_f32x4(b));
        const high = f64x2.add(upperHalf(a), upperHalf(b));
        v128.store(out + lane, narrow(f64x2.mul(low, half), f64x2.mul(high, half)));
      }
    }
    rows += LINE;
    out += LINE;
  }
}

/** out[i] = the mean of column i between the `trim` smallest and the `trim` largest, added in ascending order. */
export function trimmedMean(
  rows: usize, stride: usize, count: i32, trim: i32, width: i32, scratch: usize, network: usize, comparators: i32, out: usize,
): void {
  const first = scratch + <usize>trim * LINE;
  const end = scratch + <usize>(count - trim) * LINE;
  const by = f64x2.splat(<f64>(count - 2 * trim));
  for (let column = 0; column < width; column += 16) {
    sort(rows, stride, count, scratch, network, comparators);
    for (let lane: usize = 0; lane < LINE; lane += 16) {
      let low = f64x2.splat(0);
      let high = f64x2.splat(0);
      for (let line = first; line < end; line += LINE) {
        const values = ordered(v128.load(line + lane));
        low = f64x2.add(low, f64x2.promote_low_f32x4(values));
        high = f64x2.add(high, upperHalf(values));
      }
      v128.store(out + lane, narrow(f64x2.div(low, by), f64x2.div(high, by)));
    }
    rows += LINE;
    out += LINE;
  }
}

// @ts-ignore: decorator
@inline
function upperHalf(values: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<i32>(values, values, 2, 3, 2, 3));
}

// @ts-ignore: decorator
@inline
function narrow(low: v128, high: v128): v128 {
  return v128.shuffle<i32>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 1, 4, 5);
}
