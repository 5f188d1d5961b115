/**
 * Optimiser steps in one pass over the parameters, WebAssembly SIMD128 (no relaxed instruction). Pointers are byte offsets; sizes
 * are elements (float32).
 */

/** One step of gradient descent on `count` parameters: newValue = value − learningRate · gradient. */
export function sgd(value: usize, gradient: usize, newValue: usize, count: i32, learningRate: f32): void {
  const end = <usize>count << 2;
  const whole = end & ~15;
  const rate = f32x4.splat(learningRate);
  let at: usize = 0;
  for (; at < whole; at += 16) {
    v128.store(newValue + at, f32x4.sub(v128.load(value + at), f32x4.mul(rate, v128.load(gradient + at))));
  }
  for (; at < end; at += 4) store<f32>(newValue + at, load<f32>(value + at) - learningRate * load<f32>(gradient + at));
}

/**
 * One step of Adam (Kingma and Ba 2015, algorithm 1) on `count` parameters, old arrays → new arrays. `meanScale` is
 * α / (1 − β₁ᵗ), `varianceScale` 1 / (1 − β₂ᵗ).
 */
export function adam(
  value: usize, gradient: usize, mean: usize, variance: usize, newValue: usize, newMean: usize, newVariance: usize,
  count: i32, beta1: f32, beta2: f32, meanScale: f32, varianceScale: f32, epsilon: f32,
): void {
  const end = <usize>count << 2;
  const whole = end & ~15;
  const keep1 = f32x4.splat(beta1);
  const keep2 = f32x4.splat(beta2);
  const take1 = f32x4.splat(1 - beta1);
  const take2 = f32x4.splat(1 - beta2);
  const alpha = f32x4.splat(meanScale);
  const scale = f32x4.splat(varianceScale);
  const floor = f32x4.splat(epsilon);
  let at: usize = 0;
  for (; at < whole; at += 16) {
    const g = v128.load(gradient + at);
    const m = f32x4.add(f32x4.mul(keep1, v128.load(mean + at)), f32x4.mul(take1, g));
    const v = f32x4.add(f32x4.mul(keep2, v128.load(variance + at)), f32x4.mul(take2, f32x4.mul(g, g)));
    const step = f32x4.div(f32x4.mul(alpha, m), f32x4.add(f32x4.sqrt(f32x4.mul(v, scale)), floor));
    v128.store(newMean + at, m);
    v128.store(newVariance + at, v);
    v128.store(newValue + at, f32x4.sub(v128.load(value + at), step));
  }
  for (; at < end; at += 4) {
    const g = load<f32>(gradient + at);
    const m = beta1 * load<f32>(mean + at) + (1 - beta1) * g;
    const v = beta2 * load<f32>(variance + at) + (1 - beta2) * (g * g);
    store<f32>(newMean + at, m);
    store<f32>(newVariance + at, v);
    store<f32>(newValue + at, load<f32>(value + at) - (meanScale * m) / (sqrt<f32>(v * varianceScale) + epsilon));
  }
}
