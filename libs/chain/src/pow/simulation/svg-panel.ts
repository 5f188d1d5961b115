/** A few marks of SVG, drawn by hand: the figures of docs/ come from the simulation without any plotting library. */

const WIDTH = 960;
const LEFT = 64;
const RIGHT = 48;
const PANEL_HEIGHT = 190;
const PLOT_TOP = 46;
const PLOT_HEIGHT = 118;
const HEADING_HEIGHT = 34;
const FOOT_HEIGHT = 30;

const INK = '#1f2430';
const FAINT = '#6b7280';
const GRID = '#e3e6eb';
const LINE = '#1d5fbf';
const DOTS = '#e39a4b';
const LIMIT = '#b3261e';
const STEP = '#8a8f99';

type Point = readonly [number, number];

export interface PanelOptions {
  readonly title: string;
  readonly legend: readonly { readonly style: 'line' | 'dots' | 'step'; readonly text: string }[];
  /** First and last value of each axis. */
  readonly x: Point;
  readonly y: Point;
  readonly ticks: readonly (readonly [number, string])[];
  readonly isLog: boolean;
}

/** One plot over rounds; panels are stacked by `svgOf`. */
export class Panel {
  readonly #marks: string[] = [];

  constructor(private readonly options: PanelOptions) {
    const { title, legend, ticks } = options;
    this.#marks.push(text(LEFT, 14, title, 'font-weight="600"'));
    let right = WIDTH - RIGHT;
    for (const { style, text: label } of legend.toReversed()) {
      this.#marks.push(text(right, 30, label, `fill="${FAINT}" text-anchor="end"`));
      right -= 6.4 * label.length + 8;
      this.#marks.push(sample(style, right));
      right -= 34;
    }
    for (const [value, label] of ticks) {
      const y = this.#y(value);
      this.#marks.push(rule(LEFT, y, WIDTH - RIGHT, y, GRID), text(LEFT - 8, y + 4, label, `fill="${FAINT}" text-anchor="end"`));
    }
  }

  limit(value: number, label: string): this {
    const y = this.#y(value);
    this.#marks.push(rule(LEFT, y, WIDTH - RIGHT, y, LIMIT, 'stroke-dasharray="5 4"'));
    this.#marks.push(text(WIDTH - RIGHT + 6, y + 4, label, `fill="${LIMIT}"`));
    return this;
  }

  line(points: readonly Point[]): this {
    const path = points.map((point, i) => `${i === 0 ? 'M' : 'L'}${this.#at(point)}`).join('');
    this.#marks.push(`<path d="${path}" fill="none" stroke="${LINE}" stroke-width="1.4" stroke-linejoin="round"/>`);
    return this;
  }

  dots(points: readonly Point[]): this {
    const path = points.map((point) => `M${this.#at(point)}h0`).join('');
    this.#marks.push(`<path d="${path}" fill="none" stroke="${DOTS}" stroke-width="3" stroke-linecap="round"/>`);
    return this;
  }

  step(corners: readonly Point[]): this {
    const path = corners.map(([x, y], i) => (i === 0 ? `M${this.#at([x, y])}` : `H${fixed(this.#x(x))}V${fixed(this.#y(y))}`)).join('');
    this.#marks.push(`<path d="${path}" fill="none" stroke="${STEP}" stroke-width="2"/>`);
    return this;
  }

  events(events: readonly { readonly x: number; readonly label: string }[]): this {
    for (const { x, label } of events) {
      const at = this.#x(x);
      this.#marks.push(rule(at, PLOT_TOP, at, PLOT_TOP + PLOT_HEIGHT, FAINT, 'stroke-dasharray="2 3"'));
      this.#marks.push(text(at + 3, PLOT_TOP + 10, label, `fill="${FAINT}" font-size="10"`));
    }
    return this;
  }

  xAxis(label: string): this {
    const [first, last] = this.options.x;
    for (let i = 0; i <= 8; i++) {
      const value = first + ((last - first) * i) / 8;
      const name = i === 8 ? `${value} ${label}` : String(value);
      this.#marks.push(text(this.#x(value), PLOT_TOP + PLOT_HEIGHT + 18, name, `fill="${FAINT}" text-anchor="${i === 8 ? 'end' : 'middle'}"`));
    }
    return this;
  }

  toString(): string {
    const frame = `<rect x="${LEFT}" y="${PLOT_TOP}" width="${WIDTH - LEFT - RIGHT}" height="${PLOT_HEIGHT}" fill="none" stroke="${STEP}"/>`;
    return [...this.#marks, frame].join('\n');
  }

  #at([x, y]: Point): string {
    return `${fixed(this.#x(x))} ${fixed(this.#y(y))}`;
  }

  #x(value: number): number {
    const [first, last] = this.options.x;
    return LEFT + ((value - first) / (last - first)) * (WIDTH - LEFT - RIGHT);
  }

  /** What lies outside is drawn on the edge. */
  #y(value: number): number {
    const scale = (v: number) => (this.options.isLog ? Math.log10(Math.max(v, Number.MIN_VALUE)) : v);
    const [first, last] = [scale(this.options.y[0]), scale(this.options.y[1])];
    return PLOT_TOP + PLOT_HEIGHT * (1 - Math.min(1, Math.max(0, (scale(value) - first) / (last - first))));
  }
}

/** @returns a whole SVG document of panels, one above the other. */
export function svgOf(heading: string, panels: readonly string[]): string {
  const height = HEADING_HEIGHT + PANEL_HEIGHT * panels.length + FOOT_HEIGHT;
  const stacked = panels.map((panel, i) => `<g transform="translate(0 ${HEADING_HEIGHT + PANEL_HEIGHT * i})">\n${panel}\n</g>`);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${heading}" font-family="DejaVu Sans, Verdana, sans-serif" font-size="11.5" fill="${INK}">`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    text(LEFT, 22, heading, 'font-size="16" font-weight="700"'),
    ...stacked,
    '</svg>',
    '',
  ].join('\n');
}

function sample(style: 'line' | 'dots' | 'step', right: number): string {
  if (style === 'dots') return `<path d="M${fixed(right - 18)} 26h0M${fixed(right - 9)} 26h0M${fixed(right)} 26h0" stroke="${DOTS}" stroke-width="3" stroke-linecap="round"/>`;
  return rule(right - 20, 26, right, 26, style === 'line' ? LINE : STEP, 'stroke-width="2"');
}

function rule(x1: number, y1: number, x2: number, y2: number, stroke: string, more = ''): string {
  return `<path d="M${fixed(x1)} ${fixed(y1)}L${fixed(x2)} ${fixed(y2)}" stroke="${stroke}" ${more}/>`;
}

function text(x: number, y: number, content: string, more = ''): string {
  return `<text x="${fixed(x)}" y="${fixed(y)}" ${more}>${content.replace(/&/g, '&amp;').replace(/</g, '&lt;')}</text>`;
}

function fixed(value: number): string {
  return String(Number(value.toFixed(1)));
}
