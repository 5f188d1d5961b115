/**
 * Matrix products with one factor transposed, WebAssembly SIMD128 (no relaxed instruction), without packing: in a dense
 * layer's gradients the large matrix, the weights or their gradient, is touched once, and copying it would cost more than multiplying.
 *
 * Pointers are byte offsets; sizes are elements (float32); matrices are row-major and dense.
 */

// @ts-ignore: decorator
@inline
function multiplyAdd(sum: v128, a: v128, b: v128): v128 {
  return f32x4.add(sum, f32x4.mul(a, b));
}

/** ((0 + 1) + (2 + 3)) */
// @ts-ignore: decorator
@inline
function total(lanes: v128): f32 {
  return (f32x4.extract_lane(lanes, 0) + f32x4.extract_lane(lanes, 1)) + (f32x4.extract_lane(lanes, 2) + f32x4.extract_lane(lanes, 3));
}

/**
 * target [rows][columns] = a [rows][depth] · bᵀ, b [columns][depth]: dot products of rows. Each is summed in four interleaved chains,
 * then a rest of fewer than four, whatever tile it falls in.
 */
export function multiplyByTransposed(a: usize, b: usize, target: usize, rows: i32, depth: i32, columns: i32): void {
  const rowBytes = <usize>depth << 2;
  const outBytes = <usize>columns << 2;
  let column = 0;
  for (; column + 2 <= columns; column += 2) {
    let from = a;
    let to = target + (<usize>column << 2);
    let row = 0;
    for (; row + 4 <= rows; row += 4) {
      dots4x2(from, b, to, rowBytes, outBytes);
      from += rowBytes << 2;
      to += outBytes << 2;
    }
    for (; row < rows; row++) {
      dots1x2(from, b, to, rowBytes);
      from += rowBytes;
      to += outBytes;
    }
    b += rowBytes << 1;
  }
  if (column < columns) {
    let to = target + (<usize>column << 2);
    for (let row = 0; row < rows; row++) {
      store<f32>(to, dot(a, b, rowBytes));
      a += rowBytes;
      to += outBytes;
    }
  }
}

/** Four rows of a by two of b: eight sums share six loads. */
// @ts-ignore: decorator
@inline
function dots4x2(a: usize, b: usize, target: usize, rowBytes: usize, outBytes: usize): void {
  const a1 = a + rowBytes;
  const a2 = a1 + rowBytes;
  const a3 = a2 + rowBytes;
  const b1 = b + rowBytes;
  const whole = rowBytes & ~15;
  let s00 = f32x4.splat(0); let s01 = s00;
  let s10 = s00; let s11 = s00;
  let s20 = s00; let s21 = s00;
  let s30 = s00; let s31 = s00;
  for (let k: usize = 0; k < whole; k += 16) {
    const w0 = v128.load(b + k);
    const w1 = v128.load(b1 + k);
    let v = v128.load(a + k);
    s00 = multiplyAdd(s00, v, w0); s01 = multiplyAdd(s01, v, w1);
    v = v128.load(a1 + k);
    s10 = multiplyAdd(s10, v, w0); s11 = multiplyAdd(s11, v, w1);
    v = v128.load(a2 + k);
    s20 = multiplyAdd(s20, v, w0); s21 = multiplyAdd(s21, v, w1);
    v = v128.load(a3 + k);
    s30 = multiplyAdd(s30, v, w0); s31 = multiplyAdd(s31, v, w1);
  }
  store<f32>(target, total(s00) + rest(a, b, whole, rowBytes));
  store<f32>(target + 4, total(s01) + rest(a, b1, whole, rowBytes));
  target += outBytes;
  store<f32>(target, total(s10) + rest(a1, b, whole, rowBytes));
  store<f32>(target + 4, total(s11) + rest(a1, b1, whole, rowBytes));
  target += outBytes;
  store<f32>(target, total(s20) + rest(a2, b, whole, rowBytes));
  store<f32>(target + 4, total(s21) + rest(a2, b1, whole, rowBytes));
  target += outBytes;
  store<f32>(target, total(s30) + rest(a3, b, whole, rowBytes));
  store<f32>(target + 4, total(s31) + rest(a3, b1, whole, rowBytes));
}

// @ts-ignore: decorator
@inline
function dots1x2(a: usize, b: usize, target: usize, rowBytes: usize): void {
  store<f32>(target, dot(a, b, rowBytes));
  store<f32>(target + 4, dot(a, b + rowBytes, rowBytes));
}

function dot(a: usize, b: usize, rowBytes: usize): f32 {
  const whole = rowBytes & ~15;
  let sum = f32x4.splat(0);
  for (let k: usize = 0; k < whole; k += 16) sum = multiplyAdd(sum, v128.load(a + k), v128.load(b + k));
  return total(sum) + rest(a, b, whole, rowBytes);
}

// @ts-ignore: decorator
@inline
function rest(a: usize, b: usize, whole: usize, rowBytes: usize): f32 {
  let sum: f32 = 0;
  for (let k = whole; k < rowBytes; k += 4) sum += load<f32>(a + k) * load<f32>(b + k);
  return sum;
}

/**
 * target [rows][columns] = aᵀ · b, a [depth][rows], b [depth][columns], each element summed in the order of depth. `panel` holds
 * [depth][8] elements: eight columns of b, read again for all rows.
 */
export function multiplyTransposed(a: usize, b: usize, target: usize, panel: usize, rows: i32, depth: i32, columns: i32): void {
  const outBytes = <usize>columns << 2;
  const aBytes = <usize>rows << 2;
  const panelEnd = panel + (<usize>depth << 5);
  for (let column = 0; column < columns; column += 8) {
    const count = min(8, columns - column);
    packColumns(b + (<usize>column << 2), panel, depth, outBytes, count);
    let to = target + (<usize>column << 2);
    let row = 0;
    for (; row + 4 <= rows; row += 4) {
      let a0 = f32x4.splat(0); let b0 = a0;
      let a1 = a0; let b1 = a0;
      let a2 = a0; let b2 = a0;
      let a3 = a0; let b3 = a0;
      let from = a + (<usize>row << 2);
      for (let g = panel; g < panelEnd; g += 32) {
        const g0 = v128.load(g);
        const g1 = v128.load(g, 16);
        let v = v128.load32_splat(from);
        a0 = multiplyAdd(a0, v, g0); b0 = multiplyAdd(b0, v, g1);
        v = v128.load32_splat(from, 4);
        a1 = multiplyAdd(a1, v, g0); b1 = multiplyAdd(b1, v, g1);
        v = v128.load32_splat(from, 8);
        a2 = multiplyAdd(a2, v, g0); b2 = multiplyAdd(b2, v, g1);
        v = v128.load32_splat(from, 12);
        a3 = multiplyAdd(a3, v, g0); b3 = multiplyAdd(b3, v, g1);
        from += aBytes;
      }
      storeLanes(to, a0, b0, count); to += outBytes;
      storeLanes(to, a1, b1, count); to += outBytes;
      storeLanes(to, a2, b2, count); to += outBytes;
      storeLanes(to, a3, b3, count); to += outBytes;
    }
    for (; row < rows; row++) {
      let low = f32x4.splat(0);
      let high = low;
      let from = a + (<usize>row << 2);
      for (let g = panel; g < panelEnd; g += 32) {
        const v = v128.load32_splat(from);
        low = multiplyAdd(low, v, v128.load(g));
        high = multiplyAdd(high, v, v128.load(g, 16));
        from += aBytes;
      }
      storeLanes(to, low, high, count);
      to += outBytes;
    }
  }
}

/** `count` columns of a matrix as [depth][8], the rest zeros. */
function packColumns(source: usize, target: usize, depth: i32, rowBytes: usize, count: i32): void {
  for (let k = 0; k < depth; k++) {
    if (count == 8) {
      v128.store(target, v128.load(source));
      v128.store(target, v128.load(source, 16), 16);
    } else {
      v128.store(target, f32x4.splat(0));
      v128.store(target, f32x4.splat(0), 16);
      for (let j: usize = 0; j < <usize>count << 2; j += 4) store<f32>(target + j, load<f32>(source + j));
    }
    source += rowBytes;
    target += 32;
  }
}

/** The first `count` (1..8) of eight lanes. */
// @ts-ignore: decorator
@inline
function storeLanes(target: usize, low: v128, high: v128, count: i32): void {
  if (count == 8) {
    v128.store(target, low);
    v128.store(target, high, 16);
    return;
  }
  storeSome(target, low, high, count);
}

function storeSome(target: usize, low: v128, high: v128, count: i32): void {
  let lanes = low;
  let left = count;
  if (left >= 4) {
    v128.store(target, low);
    target += 16;
    left -= 4;
    lanes = high;
  }
  if (left & 2) {
    v128.store64_lane(target, lanes, 0);
    target += 8;
    lanes = v128.shuffle<i64>(lanes, lanes, 1, 1);
  }
  if (left & 1) v128.store32_lane(target, lanes, 0);
}
