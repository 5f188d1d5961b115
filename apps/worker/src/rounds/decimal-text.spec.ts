import { payloadSchemas } from '@fedseal/chain/leaf/payloads';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decimalText, metricsText } from './decimal-text.js';

const metrics = payloadSchemas['update.commit'].shape.metrics;

describe('a measured number as text', () => {
  it.each([[0, '0'], [-0, '0'], [0.1, '0.1'], [100, '100'], [1234.5, '1234.5'], [-1e-9, '0'], [1e-7, '0'], [0.123456789, '0.123457'], [1e14, '100000000000000']])(
    '%d is %s', (value, text) => expect(decimalText(value)).toBe(text),
  );

  it('is what a leaf takes, or nothing', () => {
    fc.assert(fc.property(fc.double(), (value) => {
      const text = decimalText(value);
      if (text === undefined) {
        expect(Number.isFinite(value) && Math.abs(value) < 1e15).toBe(false);
        return;
      }
      expect(metrics.parse({ loss: text })).toEqual({ loss: text });
      expect(Math.abs(Number(text) - value)).toBeLessThanOrEqual(5.1e-7 + Math.abs(value) * 1e-15);
    }));
  });

  it('leaves out what is no number', () => {
    expect(metricsText({ loss: Number.NaN, accuracy: 0.5, imagesPerSecond: Infinity })).toEqual({ accuracy: '0.5' });
  });
});
