/**
 * Max pooling and its gradient, NHWC, WebAssembly SIMD128 over channels. A window is clipped to the image, so padding
 * never wins. The gradient goes to the first greatest element of each window in row order, as TensorFlow does.
 */

/** target[image][y][x][c] = the greatest of the window; −∞ where the window holds no number. */
export function maxPool(
  source: usize, target: usize, batch: i32, height: i32, width: i32, channels: i32,
  outHeight: i32, outWidth: i32, poolHeight: i32, poolWidth: i32, strideY: i32, strideX: i32, top: i32, left: i32,
): void {
  const pixelBytes = <usize>channels << 2;
  const rowBytes = <usize>width * pixelBytes;
  const whole = <usize>(channels & ~3) << 2;
  for (let image = 0; image < batch; image++) {
    for (let y = 0; y < outHeight; y++) {
      const y0 = max(0, y * strideY - top);
      const y1 = min(height, y * strideY - top + poolHeight);
      for (let x = 0; x < outWidth; x++) {
        const x0 = max(0, x * strideX - left);
        const x1 = min(width, x * strideX - left + poolWidth);
        const window = source + <usize>y0 * rowBytes + <usize>x0 * pixelBytes;
        for (let c: usize = 0; c < whole; c += 16) {
          let greatest = f32x4.splat(f32.NEGATIVE_INFINITY);
          let row = window + c;
          for (let wy = y0; wy < y1; wy++) {
            let at = row;
            for (let wx = x0; wx < x1; wx++) {
              greatest = f32x4.pmax(greatest, v128.load(at));
              at += pixelBytes;
            }
            row += rowBytes;
          }
          v128.store(target + c, greatest);
        }
        for (let c = whole; c < pixelBytes; c += 4) {
          let greatest = f32.NEGATIVE_INFINITY;
          let row = window + c;
          for (let wy = y0; wy < y1; wy++) {
            let at = row;
            for (let wx = x0; wx < x1; wx++) {
              const value = load<f32>(at);
              if (value > greatest) greatest = value;
              at += pixelBytes;
            }
            row += rowBytes;
          }
          store<f32>(target + c, greatest);
        }
        target += pixelBytes;
      }
    }
    source += <usize>height * rowBytes;
  }
}

/** target (shaped like source, cleared here) += each output's gradient at the element that won its window. */
export function maxPoolGradient(
  source: usize, gradient: usize, target: usize, batch: i32, height: i32, width: i32, channels: i32,
  outHeight: i32, outWidth: i32, poolHeight: i32, poolWidth: i32, strideY: i32, strideX: i32, top: i32, left: i32,
): void {
  const pixelBytes = <usize>channels << 2;
  const rowBytes = <usize>width * pixelBytes;
  const whole = <usize>(channels & ~3) << 2;
  memory.fill(target, 0, <usize>(batch * height) * rowBytes);
  for (let image = 0; image < batch; image++) {
    for (let y = 0; y < outHeight; y++) {
      const y0 = max(0, y * strideY - top);
      const y1 = min(height, y * strideY - top + poolHeight);
      for (let x = 0; x < outWidth; x++) {
        const x0 = max(0, x * strideX - left);
        const x1 = min(width, x * strideX - left + poolWidth);
        const offset = <usize>y0 * rowBytes + <usize>x0 * pixelBytes;
        for (let c: usize = 0; c < whole; c += 16) {
          let greatest = f32x4.splat(f32.NEGATIVE_INFINITY);
          let winner = i32x4.splat(-1);
          let tap = 0;
          let row = source + offset + c;
          for (let wy = y0; wy < y1; wy++) {
            let at = row;
            for (let wx = x0; wx < x1; wx++) {
              const value = v128.load(at);
              const above = f32x4.gt(value, greatest);
              greatest = v128.bitselect(value, greatest, above);
              winner = v128.bitselect(i32x4.splat(tap++), winner, above);
              at += pixelBytes;
            }
            row += rowBytes;
          }
          const share = v128.load(gradient + c);
          tap = 0;
          row = target + offset + c;
          for (let wy = y0; wy < y1; wy++) {
            let at = row;
            for (let wx = x0; wx < x1; wx++) {
              const won = v128.and(share, i32x4.eq(winner, i32x4.splat(tap++)));
              v128.store(at, f32x4.add(v128.load(at), won));
              at += pixelBytes;
            }
            row += rowBytes;
          }
        }
        for (let c = whole; c < pixelBytes; c += 4) {
          let greatest = f32.NEGATIVE_INFINITY;
          let winner: usize = 0;
          let row = offset + c;
          for (let wy = y0; wy < y1; wy++) {
            let at = row;
            for (let wx = x0; wx < x1; wx++) {
              const value = load<f32>(source + at);
              if (value > greatest) {
                greatest = value;
                winner = target + at;
              }
              at += pixelBytes;
            }
            row += rowBytes;
          }
          if (winner) store<f32>(winner, load<f32>(winner) + load<f32>(gradient + c));
        }
        gradient += pixelBytes;
      }
    }
    source += <usize>height * rowBytes;
    target += <usize>height * rowBytes;
  }
}
