import { describe, expect, it } from 'vitest';
import { measurementOf, weightedFigures } from './measurement.js';

const evaluation = (examples: number, metrics: Record<string, string>, source: 'central' | 'federated' = 'federated') => ({ examples, metrics, source });

describe('measurementOf', () => {
  it('keeps evaluators and contributors apart', () => {
    const measured = measurementOf([
      evaluation(1000, { accuracy: '0.9', loss: '0.3' }, 'central'),
      evaluation(10, { accuracy: '0.5', loss: '1' }),
      evaluation(30, { accuracy: '0.75', loss: '2' }),
    ]);
    expect(measured.central).toEqual({ accuracy: 0.9, loss: 0.3, examples: 1000, evaluators: 1 });
    // (10 · 0.5 + 30 · 0.75) / 40 and (10 · 1 + 30 · 2) / 40
    expect(measured.federated).toEqual({ accuracy: 0.6875, loss: 1.75, examples: 40, evaluators: 2 });
    expect(measurementOf([])).toEqual({ central: null, federated: null });
  });

  it('leaves an evaluation without a metric out of that mean alone', () => {
    expect(weightedFigures([evaluation(10, { loss: '1' }), evaluation(30, { accuracy: '0.75', loss: '2' })])).toMatchObject({ accuracy: 0.75, loss: 1.75 });
    expect(weightedFigures([evaluation(10, {})])).toEqual({ accuracy: null, loss: null, examples: 10, evaluators: 1 });
  });
});
