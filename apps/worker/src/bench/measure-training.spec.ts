import { describe, expect, it } from 'vitest';
import { measureTraining } from './measure-training.js';

describe('measureTraining', () => {
  it('reports medians of alternating steps by the given clock', async () => {
    // Three turns of two steps on WASM and one on cpu; the first of the three warms up. Steps take, in ms:
    const steps = [900, 900, 900, 8, 40, 800, 8, 8, 1600];
    let call = 0;
    let now = 0;
    const nowMs = () => (now += call++ % 2 === 1 ? steps[(call - 2) / 2]! : 1);
    expect(await measureTraining({ turns: 2, stepsPerTurn: 2, batchSize: 4, nowMs })).toEqual([
      { name: 'train/wasm', value: 500, unit: 'images/s', against: 'cpu backend', ratio: 200 },
    ]);
    expect(call).toBe(2 * steps.length);
  });
});
