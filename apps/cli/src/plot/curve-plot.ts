import { lineCharts, type Chart } from './line-chart.js';

export interface PlottedCurve {
  readonly label: string;
  readonly points: readonly { readonly round: number; readonly accuracy: number | null; readonly loss: number | null }[];
}

/** Accuracy and loss of one or several runs, round by round. @returns an SVG document */
export function curvePlot(heading: string, curves: readonly PlottedCurve[]): string {
  const series = (value: 'accuracy' | 'loss') => curves.map(({ label, points }) => ({
    label,
    points: points.flatMap((point) => (point[value] === null ? [] : [[point.round, point[value]] as const])),
  }));
  const accuracy = series('accuracy');
  const loss = series('loss');
  const charts: Chart[] = [
    { title: 'accuracy on the test set', xLabel: 'round', series: accuracy, y: range(accuracy, 1), legendAt: 'bottom', yText: (value) => `${Number((value * 100).toFixed(2))} %` },
    { title: 'loss on the test set', xLabel: 'round', series: loss, y: range(loss, 0), legendAt: 'top', yText: (value) => String(value) },
  ];
  return lineCharts(heading, charts);
}

/** From the least to the greatest value, with `always` inside. */
function range(series: Chart['series'], always: number): [number, number] {
  const values = [always, ...series.flatMap(({ points }) => points.map(([, y]) => y))];
  const [least, greatest] = [Math.min(...values), Math.max(...values)];
  return least === greatest ? [least - 0.5, greatest + 0.5] : [least, greatest];
}
