import { useEffect, useMemo, useRef, useState } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useSpeech } from '../i18n/language.js';
import { sampleCurve, type Curve } from './sample-curve.js';

const MOST_POINTS = 1500;
/** Rows of the table beside a chart; whoever wants all of them asks the API. */
const MOST_ROWS = 200;
const COLOURS = ['--series-1', '--series-2', '--series-3', '--series-4', '--series-5', '--series-6'];

export interface Series {
  readonly name: string;
  /** Of the right axis, where two quantities share a chart. */
  readonly right?: boolean;
  readonly format?: (value: number) => string;
}

interface Props {
  readonly label: string;
  readonly xName: string;
  readonly series: readonly Series[];
  readonly curve: Curve;
  readonly height?: number;
  readonly logarithmic?: boolean;
}

/** Lines on a canvas, and the same figures as a table for whoever does not see them. */
export function LineChart({ label, xName, series, curve, height = 220, logarithmic = false }: Props) {
  const { t, n } = useSpeech();
  const box = useRef<HTMLDivElement>(null);
  const theme = useThemeTurn();
  const sampled = useMemo(() => sampleCurve(curve, MOST_POINTS), [curve]);
  const plot = useRef<uPlot | null>(null);
  const shape = JSON.stringify([series.map(({ name, right }) => [name, right]), xName, height, logarithmic, theme]);
  useEffect(() => {
    const parent = box.current;
    if (parent === null || parent.clientWidth === 0) return undefined;
    const made = new uPlot(options(parent, { xName, series, height, logarithmic }), sampled as uPlot.AlignedData, parent);
    plot.current = made;
    const watch = new ResizeObserver(() => made.setSize({ width: parent.clientWidth, height }));
    watch.observe(parent);
    return () => {
      watch.disconnect();
      made.destroy();
      plot.current = null;
    };
    // `shape` stands for everything that the drawing itself depends on; new figures are set below.
  }, [shape]);
  useEffect(() => plot.current?.setData(sampled as uPlot.AlignedData), [sampled]);
  const [xs = [], ...lines] = sampled;
  const shown = Math.min(xs.length, MOST_ROWS);
  return (
    <figure className="chart">
      <div ref={box} role="img" aria-label={label} className="chart-box" style={{ minHeight: height }} />
      <details>
        <summary>{t('chart.table')}</summary>
        <div className="scroll" tabIndex={0} role="region" aria-label={label}>
          <table>
            <thead><tr><th scope="col">{xName}</th>{series.map(({ name }) => <th key={name} scope="col">{name}</th>)}</tr></thead>
            <tbody>
              {xs.slice(-shown).map((x, i) => (
                <tr key={x}>
                  <th scope="row">{x === null ? '' : n(x)}</th>
                  {lines.map((line, s) => {
                    const value = line[xs.length - shown + i];
                    return <td key={series[s]?.name}>{value === null || value === undefined ? '–' : (series[s]?.format ?? String)(value)}</td>;
                  })}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        {shown < (curve[0]?.length ?? 0) && <p className="note">{t('chart.sampled', { shown: n(shown), all: n(curve[0]?.length ?? 0) })}</p>}
      </details>
    </figure>
  );
}

function options(parent: HTMLElement, { xName, series, height, logarithmic }: Required<Pick<Props, 'xName' | 'series' | 'height' | 'logarithmic'>>): uPlot.Options {
  const ink = colour(parent, '--muted');
  const grid = { stroke: colour(parent, '--line'), width: 1 };
  const values = (side: boolean) => {
    const format = series.find(({ right = false }) => right === side)?.format;
    return (_: uPlot, splits: number[]) => splits.map((value) => (value === null ? '' : (format ?? String)(value)));
  };
  const axis = { stroke: ink, grid, ticks: grid, font: '12px system-ui, sans-serif' };
  const hasRight = series.some(({ right }) => right);
  return {
    width: parent.clientWidth,
    height,
    scales: { x: { time: false }, left: { distr: logarithmic ? 3 : 1 }, right: {} },
    legend: { live: true },
    cursor: { drag: { x: false, y: false } },
    axes: [
      { ...axis, values: (_, splits) => splits.map((x) => (Number.isInteger(x) ? String(x) : '')) },
      { ...axis, scale: 'left', values: values(false), size: 64 },
      ...(hasRight ? [{ ...axis, scale: 'right', side: 1, grid: { show: false }, values: values(true), size: 56 } satisfies uPlot.Axis] : []),
    ],
    series: [
      { label: xName },
      ...series.map(({ name, right = false, format = String }, i): uPlot.Series => ({
        label: name, scale: right ? 'right' : 'left', stroke: colour(parent, COLOURS[i % COLOURS.length] as string), width: 2,
        spanGaps: true, value: (_, value) => (value === null || value === undefined ? '–' : format(value)), ...(right ? { dash: [6, 4] } : {}),
      })),
    ],
  };
}

/** A canvas wants a colour, not the name of a variable. */
function colour(parent: HTMLElement, variable: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${variable})`;
  parent.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

/** Counts changes of the theme, whoever made them. */
function useThemeTurn(): number {
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const next = () => setTurn((before) => before + 1);
    const system = matchMedia('(prefers-color-scheme: dark)');
    system.addEventListener('change', next);
    window.addEventListener('fedseal-theme', next);
    return () => {
      system.removeEventListener('change', next);
      window.removeEventListener('fedseal-theme', next);
    };
  }, []);
  return turn;
}
