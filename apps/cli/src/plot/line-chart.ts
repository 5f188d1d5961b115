import { escapeXml } from './escape-xml.js';

/** Line charts as SVG, one above the other, drawn without any library. */

export interface Series {
  readonly label: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Drawn as a faint line, such as the raw curve behind a monotonic one. */
  readonly faint?: boolean;
}

export interface Chart {
  readonly title: string;
  readonly xLabel: string;
  readonly series: readonly Series[];
  /** Least and greatest value shown; points outside are drawn on the edge. */
  readonly y: readonly [least: number, greatest: number];
  readonly yText: (value: number) => string;
  /** Where the curves leave room. */
  readonly legendAt: 'top' | 'bottom';
  /** A level worth seeing, such as a target. */
  readonly level?: { readonly y: number; readonly label: string };
}

const WIDTH = 900;
const LEFT = 68;
const RIGHT = 62;
const TOP = 30;
const PLOT = 230;
const HEIGHT = 312;
const HEADING = 34;
/** Between two lines of a legend. */
const LINE = 16;
const INK = '#1f2430';
const FAINT = '#6b7280';
const GRID = '#e3e6eb';
const LEVEL = '#b3261e';
/** Told apart by people who do not see all colours (after Okabe and Ito). */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000'];

/** @returns a whole SVG document */
export function lineCharts(heading: string, charts: readonly Chart[]): string {
  const height = HEADING + HEIGHT * charts.length;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escapeXml(heading)}" font-family="DejaVu Sans, Verdana, sans-serif" font-size="12" fill="${INK}">`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    text(LEFT, 22, heading, 'font-size="16" font-weight="700"'),
    ...charts.map((chart, i) => `<g transform="translate(0 ${HEADING + HEIGHT * i})">\n${drawn(chart).join('\n')}\n</g>`),
    '</svg>',
    '',
  ].join('\n');
}

function drawn(chart: Chart): string[] {
  const xs = chart.series.flatMap(({ points }) => points.map(([x]) => x));
  const scale = scales(Math.min(...xs, Infinity), Math.max(...xs, -Infinity), chart.y);
  return [
    text(LEFT, 14, chart.title, 'font-weight="600"'),
    ...axes(chart, scale),
    ...(chart.level === undefined ? [] : level(chart.level, scale)),
    ...chart.series.map((series, i) => curve(series, COLOURS[i % COLOURS.length]!, scale)),
    ...legend(chart),
  ];
}

interface Scales {
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
  readonly xTicks: readonly number[];
  readonly yTicks: readonly number[];
}

function scales(firstX: number, lastX: number, [least, greatest]: Chart['y']): Scales {
  const from = Number.isFinite(firstX) ? firstX : 0;
  const to = Number.isFinite(lastX) && lastX > from ? lastX : from + 1;
  return {
    x: (value) => LEFT + ((value - from) / (to - from)) * (WIDTH - LEFT - RIGHT),
    y: (value) => TOP + PLOT * (1 - Math.min(1, Math.max(0, (value - least) / (greatest - least)))),
    xTicks: ticks(from, to, 10).filter(Number.isInteger),
    yTicks: ticks(least, greatest, 6),
  };
}

/** About `count` round numbers from `from` to `to`. */
export function ticks(from: number, to: number, count: number): number[] {
  const rough = (to - from) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= rough * (1 - 1e-9))!;
  const found: number[] = [];
  for (let i = Math.ceil(from / step - 1e-9); i * step <= to + step * 1e-9; i++) found.push(Number((i * step).toPrecision(12)));
  return found;
}

function axes({ xLabel, yText }: Chart, scale: Scales): string[] {
  return [
    ...scale.yTicks.flatMap((value) => [
      rule(LEFT, scale.y(value), WIDTH - RIGHT, scale.y(value), GRID),
      text(LEFT - 8, scale.y(value) + 4, yText(value), `fill="${FAINT}" text-anchor="end"`),
    ]),
    ...scale.xTicks.map((value) => text(scale.x(value), TOP + PLOT + 18, String(value), `fill="${FAINT}" text-anchor="middle"`)),
    text(WIDTH - RIGHT, TOP + PLOT + 34, xLabel, `fill="${FAINT}" text-anchor="end"`),
    `<rect x="${LEFT}" y="${TOP}" width="${WIDTH - LEFT - RIGHT}" height="${PLOT}" fill="none" stroke="#8a8f99"/>`,
  ];
}

/** One line for each series, inside the plot at its right. */
function legend({ series, legendAt }: Chart): string[] {
  const first = legendAt === 'top' ? TOP + 18 : TOP + PLOT - 10 - LINE * (series.length - 1);
  return series.flatMap(({ label, faint }, i) => {
    const y = first + LINE * i;
    return [
      text(WIDTH - RIGHT - 10, y, label, `fill="${FAINT}" text-anchor="end"`),
      rule(WIDTH - RIGHT - 38 - 6.6 * label.length, y - 4, WIDTH - RIGHT - 18 - 6.6 * label.length, y - 4, COLOURS[i % COLOURS.length]!, `stroke-width="2"${faint ? ' opacity="0.35"' : ''}`),
    ];
  });
}

function level({ y, label }: NonNullable<Chart['level']>, scale: Scales): string[] {
  return [
    rule(LEFT, scale.y(y), WIDTH - RIGHT, scale.y(y), LEVEL, 'stroke-dasharray="5 4"'),
    text(WIDTH - RIGHT + 6, scale.y(y) + 4, label, `fill="${LEVEL}"`),
  ];
}

function curve({ points, faint }: Series, colour: string, scale: Scales): string {
  const path = points.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${fixed(scale.x(x))} ${fixed(scale.y(y))}`).join('');
  const dots = points.length > 60 || faint ? '' : points.map(([x, y]) => `M${fixed(scale.x(x))} ${fixed(scale.y(y))}h0`).join('');
  return `<g stroke="${colour}" fill="none"${faint ? ' opacity="0.35"' : ''}><path d="${path}" stroke-width="1.6" stroke-linejoin="round"/><path d="${dots}" stroke-width="4" stroke-linecap="round"/></g>`;
}

function rule(x1: number, y1: number, x2: number, y2: number, stroke: string, more = ''): string {
  return `<path d="M${fixed(x1)} ${fixed(y1)}L${fixed(x2)} ${fixed(y2)}" stroke="${stroke}" ${more}/>`;
}

function text(x: number, y: number, content: string, more = ''): string {
  return `<text x="${fixed(x)}" y="${fixed(y)}" ${more}>${escapeXml(content)}</text>`;
}

function fixed(value: number): string {
  return String(Number(value.toFixed(1)));
}
