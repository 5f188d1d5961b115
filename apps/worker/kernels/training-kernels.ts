/**
 * AssemblyScript kernels for training on the WASM backend, WebAssembly SIMD128 (no relaxed instruction: those may differ
 * between machines). They run on TensorFlow.js' own linear memory, so tensors are read and written in place.
 *
 * Pointers are byte offsets; sizes are elements (float32). Images are NHWC, filters HWIO, rows contiguous.
 * A *panel* is a [depth][8] copy of eight columns of a matrix, the last panel padded with zeros: both product kernels
 * read one panel sequentially while four rows or four positions share each load.
 */

/** Columns in a panel: two vectors, which with four rows fill the 16 registers of the baseline instruction set. */
// @ts-ignore: decorator
@inline
const PANEL: i32 = 8;

// @ts-ignore: decorator
@inline
const PANEL_BYTES: usize = 32;

/** source [depth][columns] → panels. */
export function packPanels(source: usize, target: usize, depth: i32, columns: i32): void {
  const rowBytes = <usize>columns << 2;
  for (let column = 0; column < columns; column += PANEL) {
    const width = min(PANEL, columns - column);
    let from = source + (<usize>column << 2);
    for (let k = 0; k < depth; k++) {
      if (width == PANEL) {
        v128.store(target, v128.load(from));
        v128.store(target, v128.load(from, 16), 16);
      } else {
        v128.store(target, f32x4.splat(0));
        v128.store(target, f32x4.splat(0), 16);
        for (let j = 0; j < width; j++) store<f32>(target + (<usize>j << 2), load<f32>(from + (<usize>j << 2)));
      }
      from += rowBytes;
      target += PANEL_BYTES;
    }
  }
}

/** source [columns][depth] → panels of its transpose. */
export function packTransposedPanels(source: usize, target: usize, depth: i32, columns: i32): void {
  packGroups(source, target, 1, depth, columns, 0, <usize>depth << 2);
}

/**
 * filter [taps][inputs][outputs] → panels of [taps reversed × outputs][inputs]: the filter with which a convolution of
 * the output's gradient gives the input's.
 */
export function packReversedFilter(filter: usize, target: usize, taps: i32, inputs: i32, outputs: i32): void {
  const tapBytes = (<usize>inputs * <usize>outputs) << 2;
  packGroups(filter + <usize>(taps - 1) * tapBytes, target, taps, outputs, inputs, 0 - tapBytes, <usize>outputs << 2);
}

/** Rows of `depth` contiguous elements become columns, group by group (a group is one filter tap, or the whole matrix). */
function packGroups(
  source: usize, target: usize, groups: i32, depth: i32, columns: i32, groupBytes: usize, columnBytes: usize,
): void {
  for (let column = 0; column < columns; column += PANEL) {
    const width = min(PANEL, columns - column);
    const first = source + <usize>column * columnBytes;
    for (let group = 0; group < groups; group++) {
      const panel = target + <usize>(group * depth) * PANEL_BYTES;
      const base = first + <usize>group * groupBytes;
      for (let j = 0; j < PANEL; j++) {
        const from = base + <usize>j * columnBytes;
        const to = panel + (<usize>j << 2);
        for (let k = 0; k < depth; k++) {
          store<f32>(to + <usize>k * PANEL_BYTES, j < width ? load<f32>(from + (<usize>k << 2)) : 0);
        }
      }
    }
    target += <usize>(groups * depth) * PANEL_BYTES;
  }
}

/**
 * One image into the middle of a zeroed, wider one; `gapY` and `gapX` spread its pixels (1 leaves them adjacent).
 * With a mask only elements whose mask is positive are kept: the gradient of ReLU from its output.
 */
function spreadImage(
  source: usize, mask: usize, target: usize, height: i32, width: i32, channels: i32,
  wideWidth: i32, top: i32, left: i32, gapY: i32, gapX: i32,
): void {
  const pixelBytes = <usize>channels << 2;
  const rowBytes = <usize>width * pixelBytes;
  const whole = channels & ~3;
  const zero = f32x4.splat(0);
  for (let y = 0; y < height; y++) {
    let to = target + <usize>((y * gapY + top) * wideWidth + left) * pixelBytes;
    if (gapX == 1 && !mask) {
      memory.copy(to, source, rowBytes);
      source += rowBytes;
      continue;
    }
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < whole; c += 4) {
        const offset = <usize>c << 2;
        const value = v128.load(source + offset);
        v128.store(to + offset, mask ? v128.and(value, f32x4.gt(v128.load(mask + offset), zero)) : value);
      }
      for (let c = whole; c < channels; c++) {
        const offset = <usize>c << 2;
        const open = !mask || load<f32>(mask + offset) > 0;
        store<f32>(to + offset, open ? load<f32>(source + offset) : 0);
      }
      source += pixelBytes;
      if (mask) mask += pixelBytes;
      to += pixelBytes * <usize>gapX;
    }
  }
}

/** The first `count` (1..8) of eight lanes. */
// @ts-ignore: decorator
@inline
function storeLanes(target: usize, low: v128, high: v128, count: i32): void {
  let rest = low;
  let left = count;
  if (left >= 4) {
    v128.store(target, low);
    target += 16;
    left -= 4;
    rest = high;
    if (left == 4) {
      v128.store(target, high);
      return;
    }
  }
  if (left & 2) {
    v128.store64_lane(target, rest, 0);
    target += 8;
    rest = v128.shuffle<i64>(rest, rest, 1, 1);
  }
  if (left & 1) v128.store32_lane(target, rest, 0);
}

// @ts-ignore: decorator
@inline
function multiplyAdd(sum: v128, a: v128, b: v128): v128 {
  return f32x4.add(sum, f32x4.mul(a, b));
}

/**
 * target[image][position][column] = Σ_k window(position)[k] · panels[k][column] + bias[column], then ReLU if asked.
 *
 * `bias` is 0 or one row packed as panels. A window is `windowHeight` runs of `runLength` contiguous elements, one image row apart, so neither convolution nor
 * matrix product copies its input. `scratch`, when not 0, holds one zeroed wide image into which each image is spread
 * first (padding, and gaps for the gradient of a strided convolution); otherwise wide and plain sizes are the same.
 */
export function convolve(
  source: usize, mask: usize, panels: usize, bias: usize, target: usize, scratch: usize,
  batch: i32, height: i32, width: i32, channels: i32,
  wideWidth: i32, top: i32, left: i32, gapY: i32, gapX: i32,
  strideY: i32, strideX: i32, windowHeight: i32, runLength: i32,
  outHeight: i32, outWidth: i32, columns: i32, relu: i32,
): void {
  const imageBytes = <usize>(height * width) * (<usize>channels << 2);
  const rowBytes = <usize>wideWidth * (<usize>channels << 2);
  const stepX = <usize>strideX * (<usize>channels << 2);
  const stepY = <usize>strideY * rowBytes;
  const lineBytes = stepX * <usize>outWidth;
  const runBytes = <usize>runLength << 2;
  const positions = outHeight * outWidth;
  const panelBytes = <usize>(windowHeight * runLength) * PANEL_BYTES;
  const outBytes = <usize>columns << 2;
  const zero = f32x4.splat(0);

  for (let image = 0; image < batch; image++) {
    let input = source;
    if (scratch) {
      spreadImage(source, mask, scratch, height, width, channels, wideWidth, top, left, gapY, gapX);
      input = scratch;
    }
    let panel = panels;
    for (let column = 0; column < columns; column += PANEL) {
      const count = min(PANEL, columns - column);
      let low = zero;
      let high = zero;
      if (bias) {
        low = v128.load(bias + (<usize>column << 2));
        high = v128.load(bias + (<usize>column << 2), 16);
      }
      let out = target + (<usize>column << 2);
      let line = input;
      let x: usize = 0;
      let position = 0;
      for (; position + 4 <= positions; position += 4) {
        let at0 = line + x; x += stepX; if (x == lineBytes) { x = 0; line += stepY; }
        let at1 = line + x; x += stepX; if (x == lineBytes) { x = 0; line += stepY; }
        let at2 = line + x; x += stepX; if (x == lineBytes) { x = 0; line += stepY; }
        let at3 = line + x; x += stepX; if (x == lineBytes) { x = 0; line += stepY; }
        let a0 = low; let b0 = high;
        let a1 = low; let b1 = high;
        let a2 = low; let b2 = high;
        let a3 = low; let b3 = high;
        let weights = panel;
        for (let run = 0; run < windowHeight; run++) {
          const end = at0 + runBytes;
          while (at0 < end) {
            const w0 = v128.load(weights);
            const w1 = v128.load(weights, 16);
            let v = v128.load32_splat(at0);
            a0 = multiplyAdd(a0, v, w0); b0 = multiplyAdd(b0, v, w1);
            v = v128.load32_splat(at1);
            a1 = multiplyAdd(a1, v, w0); b1 = multiplyAdd(b1, v, w1);
            v = v128.load32_splat(at2);
            a2 = multiplyAdd(a2, v, w0); b2 = multiplyAdd(b2, v, w1);
            v = v128.load32_splat(at3);
            a3 = multiplyAdd(a3, v, w0); b3 = multiplyAdd(b3, v, w1);
            weights += PANEL_BYTES;
            at0 += 4; at1 += 4; at2 += 4; at3 += 4;
          }
          at0 += rowBytes - runBytes;
          at1 += rowBytes - runBytes;
          at2 += rowBytes - runBytes;
          at3 += rowBytes - runBytes;
        }
        if (relu) {
          a0 = f32x4.max(a0, zero); b0 = f32x4.max(b0, zero);
          a1 = f32x4.max(a1, zero); b1 = f32x4.max(b1, zero);
          a2 = f32x4.max(a2, zero); b2 = f32x4.max(b2, zero);
          a3 = f32x4.max(a3, zero); b3 = f32x4.max(b3, zero);
        }
        if (count == PANEL) {
          v128.store(out, a0); v128.store(out, b0, 16); out += outBytes;
          v128.store(out, a1); v128.store(out, b1, 16); out += outBytes;
          v128.store(out, a2); v128.store(out, b2, 16); out += outBytes;
          v128.store(out, a3); v128.store(out, b3, 16); out += outBytes;
        } else {
          storeLanes(out, a0, b0, count); out += outBytes;
          storeLanes(out, a1, b1, count); out += outBytes;
          storeLanes(out, a2, b2, count); out += outBytes;
          storeLanes(out, a3, b3, count); out += outBytes;
        }
      }
      for (; position < positions; position++) {
        let at = line + x; x += stepX; if (x == lineBytes) { x = 0; line += stepY; }
        let a = low; let b = high;
        let weights = panel;
        for (let run = 0; run < windowHeight; run++) {
          const end = at + runBytes;
          for (; at < end; at += 4) {
            const v = v128.load32_splat(at);
            a = multiplyAdd(a, v, v128.load(weights));
            b = multiplyAdd(b, v, v128.load(weights, 16));
            weights += PANEL_BYTES;
          }
          at += rowBytes - runBytes;
        }
        if (relu) {
          a = f32x4.max(a, zero);
          b = f32x4.max(b, zero);
        }
        storeLanes(out, a, b, count);
        out += outBytes;
      }
      panel += panelBytes;
    }
    source += imageBytes;
    if (mask) mask += imageBytes;
    target += <usize>positions * outBytes;
  }
}

/** Eight columns of one image's gradient, masked, as a panel [positions][8]; adds their sums to `bias` [8] unless it is 0. */
function packGradient(
  gradient: usize, mask: usize, target: usize, bias: usize, positions: i32, rowBytes: usize, width: i32,
): void {
  const zero = f32x4.splat(0);
  let low = zero;
  let high = zero;
  for (let position = 0; position < positions; position++) {
    let a = zero;
    let b = zero;
    if (width == PANEL) {
      a = v128.load(gradient);
      b = v128.load(gradient, 16);
      if (mask) {
        a = v128.and(a, f32x4.gt(v128.load(mask), zero));
        b = v128.and(b, f32x4.gt(v128.load(mask, 16), zero));
      }
      v128.store(target, a);
      v128.store(target, b, 16);
    } else {
      v128.store(target, zero);
      v128.store(target, zero, 16);
      for (let j: usize = 0; j < <usize>width << 2; j += 4) {
        if (!mask || load<f32>(mask + j) > 0) store<f32>(target + j, load<f32>(gradient + j));
      }
      a = v128.load(target);
      b = v128.load(target, 16);
    }
    low = f32x4.add(low, a);
    high = f32x4.add(high, b);
    gradient += rowBytes;
    if (mask) mask += rowBytes;
    target += PANEL_BYTES;
  }
  if (bias) {
    v128.store(bias, f32x4.add(v128.load(bias), low));
    v128.store(bias, f32x4.add(v128.load(bias, 16), high), 16);
  }
}

/**
 * The filter's gradient, and the bias': filterTarget[k][column] = Σ window(position)[k] · gradient[position][column] over
 * images and positions, biasTarget[column] = Σ gradient. Windows are those of `convolve`; `mask` is the layer's output
 * where ReLU followed it. A matrix product Aᵀ·B is one image of one row whose windows are A's rows.
 *
 * Each image's sum is finished before it is added to the whole: shorter chains of float32 additions round less.
 * `sums` holds panels [depth][8], `biasSums` one row of eight a panel; both are cleared here.
 */
export function filterGradient(
  source: usize, gradient: usize, mask: usize, filterTarget: usize, biasTarget: usize,
  scratch: usize, gradientPanel: usize, sums: usize, biasSums: usize,
  batch: i32, height: i32, width: i32, channels: i32, wideWidth: i32, top: i32, left: i32,
  strideY: i32, strideX: i32, windowHeight: i32, runLength: i32,
  outHeight: i32, outWidth: i32, columns: i32,
): void {
  const imageBytes = <usize>(height * width) * (<usize>channels << 2);
  const rowBytes = <usize>wideWidth * (<usize>channels << 2);
  const stepX = <usize>strideX * (<usize>channels << 2);
  const skip = <usize>strideY * rowBytes - stepX * <usize>outWidth;
  const depth = windowHeight * runLength;
  const positions = outHeight * outWidth;
  const columnBytes = <usize>columns << 2;
  const panels = (columns + PANEL - 1) / PANEL;
  memory.fill(sums, 0, <usize>(panels * depth) * PANEL_BYTES);
  memory.fill(biasSums, 0, <usize>panels * PANEL_BYTES);

  for (let image = 0; image < batch; image++) {
    let input = source;
    if (scratch) {
      spreadImage(source, 0, scratch, height, width, channels, wideWidth, top, left, 1, 1);
      input = scratch;
    }
    let sum = sums;
    for (let panel = 0; panel < panels; panel++) {
      const column = <usize>(panel * PANEL) << 2;
      packGradient(
        gradient + column, mask ? mask + column : 0, gradientPanel, biasSums + <usize>panel * PANEL_BYTES,
        positions, columnBytes, min(PANEL, columns - panel * PANEL),
      );
      let k = 0;
      for (; k + 4 <= depth; k += 4) {
        let at0 = input + windowOffset(k, runLength, rowBytes);
        let at1 = input + windowOffset(k + 1, runLength, rowBytes);
        let at2 = input + windowOffset(k + 2, runLength, rowBytes);
        let at3 = input + windowOffset(k + 3, runLength, rowBytes);
        let a0 = f32x4.splat(0); let b0 = a0;
        let a1 = a0; let b1 = a0;
        let a2 = a0; let b2 = a0;
        let a3 = a0; let b3 = a0;
        let g = gradientPanel;
        for (let y = 0; y < outHeight; y++) {
          const end = g + <usize>outWidth * PANEL_BYTES;
          while (g < end) {
            const g0 = v128.load(g);
            const g1 = v128.load(g, 16);
            let v = v128.load32_splat(at0);
            a0 = multiplyAdd(a0, v, g0); b0 = multiplyAdd(b0, v, g1);
            v = v128.load32_splat(at1);
            a1 = multiplyAdd(a1, v, g0); b1 = multiplyAdd(b1, v, g1);
            v = v128.load32_splat(at2);
            a2 = multiplyAdd(a2, v, g0); b2 = multiplyAdd(b2, v, g1);
            v = v128.load32_splat(at3);
            a3 = multiplyAdd(a3, v, g0); b3 = multiplyAdd(b3, v, g1);
            g += PANEL_BYTES;
            at0 += stepX; at1 += stepX; at2 += stepX; at3 += stepX;
          }
          at0 += skip; at1 += skip; at2 += skip; at3 += skip;
        }
        addTo(sum, a0, b0);
        addTo(sum + 32, a1, b1);
        addTo(sum + 64, a2, b2);
        addTo(sum + 96, a3, b3);
        sum += 128;
      }
      for (; k < depth; k++) {
        let at = input + windowOffset(k, runLength, rowBytes);
        let a = f32x4.splat(0); let b = a;
        let g = gradientPanel;
        for (let y = 0; y < outHeight; y++) {
          const end = g + <usize>outWidth * PANEL_BYTES;
          for (; g < end; g += PANEL_BYTES) {
            const v = v128.load32_splat(at);
            a = multiplyAdd(a, v, v128.load(g));
            b = multiplyAdd(b, v, v128.load(g, 16));
            at += stepX;
          }
          at += skip;
        }
        addTo(sum, a, b);
        sum += PANEL_BYTES;
      }
    }
    source += imageBytes;
    gradient += <usize>positions * columnBytes;
    if (mask) mask += <usize>positions * columnBytes;
  }
  unpackPanels(sums, filterTarget, depth, columns);
  if (biasTarget) unpackPanels(biasSums, biasTarget, 1, columns);
}

/** Where the k-th element of a window lies, in bytes from the window's first. */
// @ts-ignore: decorator
@inline
function windowOffset(k: i32, runLength: i32, rowBytes: usize): usize {
  return <usize>(k / runLength) * rowBytes + (<usize>(k % runLength) << 2);
}

// @ts-ignore: decorator
@inline
function addTo(target: usize, low: v128, high: v128): void {
  v128.store(target, f32x4.add(v128.load(target), low));
  v128.store(target, f32x4.add(v128.load(target, 16), high), 16);
}

/** Panels → [depth][columns]. */
function unpackPanels(source: usize, target: usize, depth: i32, columns: i32): void {
  for (let column = 0; column < columns; column += PANEL) {
    const width = min(PANEL, columns - column);
    let to = target + (<usize>column << 2);
    for (let k = 0; k < depth; k++) {
      storeLanes(to, v128.load(source), v128.load(source, 16), width);
      source += PANEL_BYTES;
      to += <usize>columns << 2;
    }
  }
}
