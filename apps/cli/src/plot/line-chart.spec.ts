import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { curvePlot } from './curve-plot.js';
import { lineCharts, ticks } from './line-chart.js';
import { expectWellFormed } from './well-formed.testing.js';

const chart = (title: string, label: string, points: [number, number][]) =>
  lineCharts(title, [{ title, xLabel: 'round', y: [0, 1], yText: String, legendAt: 'top', level: { y: 0.5, label }, series: [{ label, points }] }]);

describe('lineCharts', () => {
  it('is well-formed whatever stands in it', () => {
    fc.assert(fc.property(
      fc.string({ unit: 'binary' }),
      fc.array(fc.tuple(fc.integer({ min: 0, max: 1000 }), fc.double({ min: -2, max: 2, noNaN: true }))),
      (text, points) => expectWellFormed(chart(text, text, points)),
    ));
  });

  it('escapes what would be markup', () => {
    const svg = chart('a < b & "c" > d', '<script>alert(1)</script>', [[1, 0.5]]);
    expect(svg).toContain('aria-label="a &lt; b &amp; &quot;c&quot; &gt; d"');
    expect(svg).not.toContain('<script');
  });

  it('places points in proportion, and those outside on the edge', () => {
    const svg = chart('t', 'l', [[0, 0], [5, 0.5], [10, 7]]);
    expect(svg).toContain('M68 260L453 145L838 30');
  });

  it('draws a curve without points, and one of a single point', () => {
    expectWellFormed(curvePlot('empty', [{ label: 'none', points: [] }]));
    expectWellFormed(curvePlot('one', [{ label: 'one', points: [{ round: 1, accuracy: 1, loss: 0 }] }]));
    expectWellFormed(curvePlot('unmeasured', [{ label: 'none', points: [{ round: 1, accuracy: null, loss: null }] }]));
  });
});

describe('ticks', () => {
  it.each([
    [0, 1, 5, [0, 0.2, 0.4, 0.6, 0.8, 1]],
    [1, 30, 10, [5, 10, 15, 20, 25, 30]],
    [0.9, 1, 6, [0.9, 0.92, 0.94, 0.96, 0.98, 1]],
  ])('from %d to %d about %d', (from, to, count, expected) => {
    expect(ticks(from, to, count)).toEqual(expected);
  });
});
