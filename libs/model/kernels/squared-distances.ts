/**
 * AssemblyScript kernel of the distances between updates, WebAssembly SIMD128. `src/robust/plain-tile-distance.ts` is the twin
 * in TypeScript; tests hold both to the same bits.
 *
 * Every distance of a tile is added in its own four lanes in the one order that `SquaredDistances` defines. Two updates
 * are measured against four at a time, so that eight additions are under way at once and each load serves several.
 */

/**
 * sums[i · count + j] += the tile's squared distance between rows i and j, for i < j; float64.
 * @param rows `count` rows of `length` float32, `stride` bytes apart
 * @param length a multiple of 4
 */
export function addTile(sums: usize, rows: usize, stride: usize, count: i32, length: i32): void {
  const bytes = <usize>length << 2;
  let i = 0;
  for (; i + 1 < count; i += 2) {
    const a = rows + <usize>i * stride;
    const b = a + stride;
    pair(sums, a, b, bytes, i, i + 1, count);
    let j = i + 2;
    for (; j + 3 < count; j += 4) twoByFour(sums, a, b, rows + <usize>j * stride, stride, bytes, i, j, count);
    for (; j < count; j++) {
      const c = rows + <usize>j * stride;
      pair(sums, a, c, bytes, i, j, count);
      pair(sums, b, c, bytes, i + 1, j, count);
    }
  }
}

// @ts-ignore: decorator
@inline
function next(sum: v128, a: v128, b: v128): v128 {
  const difference = f32x4.sub(a, b);
  return f32x4.add(sum, f32x4.mul(difference, difference));
}

/** Lanes in order, in float64. */
// @ts-ignore: decorator
@inline
function put(sums: usize, lanes: v128, i: i32, j: i32, count: i32): void {
  const at = sums + (<usize>(i * count + j) << 3);
  const tile = <f64>f32x4.extract_lane(lanes, 0) + <f64>f32x4.extract_lane(lanes, 1)
    + <f64>f32x4.extract_lane(lanes, 2) + <f64>f32x4.extract_lane(lanes, 3);
  store<f64>(at, load<f64>(at) + tile);
}

function pair(sums: usize, a: usize, b: usize, bytes: usize, i: i32, j: i32, count: i32): void {
  let lanes = f32x4.splat(0);
  for (let at: usize = 0; at < bytes; at += 16) lanes = next(lanes, v128.load(a + at), v128.load(b + at));
  put(sums, lanes, i, j, count);
}

function twoByFour(sums: usize, a: usize, b: usize, c: usize, stride: usize, bytes: usize, i: i32, j: i32, count: i32): void {
  const d = c + stride;
  const e = d + stride;
  const f = e + stride;
  let ac = f32x4.splat(0);
  let ad = ac;
  let ae = ac;
  let af = ac;
  let bc = ac;
  let bd = ac;
  let be = ac;
  let bf = ac;
  for (let at: usize = 0; at < bytes; at += 16) {
    const first = v128.load(a + at);
    const second = v128.load(b + at);
    let other = v128.load(c + at);
    ac = next(ac, first, other);
    bc = next(bc, second, other);
    other = v128.load(d + at);
    ad = next(ad, first, other);
    bd = next(bd, second, other);
    other = v128.load(e + at);
    ae = next(ae, first, other);
    be = next(be, second, other);
    other = v128.load(f + at);
    af = next(af, first, other);
    bf = next(bf, second, other);
  }
  put(sums, ac, i, j, count);
  put(sums, ad, i, j + 1, count);
  put(sums, ae, i, j + 2, count);
  put(sums, af, i, j + 3, count);
  put(sums, bc, i + 1, j, count);
  put(sums, bd, i + 1, j + 1, count);
  put(sums, be, i + 1, j + 2, count);
  put(sums, bf, i + 1, j + 3, count);
}
