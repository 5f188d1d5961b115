import type { Dataset } from './dataset.js';
import { DIGIT_GLYPHS, type Point, type Stroke } from './digit-glyphs.js';
import type { Split } from './read-mnist-folder.js';
import { SeededRandom } from './seeded-random.js';

const SIZE = 28;
/** Training and test digits come from separate streams of the same seed. */
const PURPOSE: Record<Split, number> = { train: 2, test: 3 };

/** What each image of a set will be: drawn one by one, so that a part of the set costs only its own images. */
export interface DigitPlan {
  readonly labels: Uint8Array;
  /** Of each image's own stream. */
  readonly seeds: Float64Array;
}

/**
 * Plans `count` digits in ten classes; the plan of fewer is the beginning of the plan of more.
 * @param seed 0 … 2^53 − 1
 */
export function planDigits(count: number, seed: number, split: Split): DigitPlan {
  const random = new SeededRandom(seed, PURPOSE[split]);
  const plan = { labels: new Uint8Array(count), seeds: new Float64Array(count) };
  for (let i = 0; i < count; i++) {
    plan.labels[i] = random.below(DIGIT_GLYPHS.length);
    plan.seeds[i] = random.seed();
  }
  return plan;
}

/**
 * Draws the planned images at `indices`, in that order: handwriting-like, 28×28×1. Strokes wander under a random affine map;
 * pens differ in width and strength; some images have stray marks, all have noise. Only + − × ÷ and √ are used, so that
 * a seed means the same images on every machine.
 */
export function drawDigits({ labels, seeds }: DigitPlan, indices: ArrayLike<number>): Dataset & { readonly images: Uint8Array } {
  const count = indices.length;
  const images = new Uint8Array(count * SIZE * SIZE);
  const ink = new Float32Array(SIZE * SIZE);
  for (let i = 0; i < count; i++) {
    const random = new SeededRandom(seeds[indices[i]!]!);
    drawDigit(labels[indices[i]!]!, random, ink.fill(0), images.subarray(i * SIZE * SIZE, (i + 1) * SIZE * SIZE));
  }
  return { images, labels: Uint8Array.from(indices, (index) => labels[index]!), shape: [SIZE, SIZE, 1], count, classes: DIGIT_GLYPHS.length };
}

function drawDigit(label: number, random: SeededRandom, ink: Float32Array, pixels: Uint8Array): void {
  const hands = DIGIT_GLYPHS[label]!;
  const strokes = hands[random.below(hands.length)]!;
  const place = randomPlacement(random);
  const wander = random.between(0.015, 0.045);
  const pen = { radius: random.between(0.9, 1.8), edge: random.between(0.7, 1.3) };
  for (const { form, points } of strokes) {
    const moved = points.map(([x, y]) => place(x + wander * random.bell(), y + wander * random.bell()));
    drawPath(ink, trace({ form, points: moved }), pen);
  }
  if (random.uniform() < STRAY_SHARE) {
    const start: Point = [random.between(2, SIZE - 2), random.between(2, SIZE - 2)];
    drawPath(ink, [start, [start[0] + random.between(-7, 7), start[1] + random.between(-7, 7)]], pen);
  }
  const strength = random.between(170, 255);
  const noise = random.between(5, 30);
  for (let i = 0; i < pixels.length; i++) {
    // A triangular noise, mean 0: dark pixels keep only its upper half, as a scanner's do.
    const value = ink[i]! * strength + noise * (random.uniform() + random.uniform() - 1);
    pixels[i] = value <= 0 ? 0 : value >= 255 ? 255 : value;
  }
}

/** Share of images with a mark that belongs to no digit. */
const STRAY_SHARE = 0.1;

/** A map from the unit square to pixels: rotation up to 0.15 rad, slant, size and position, each at random. */
function randomPlacement(random: SeededRandom): (x: number, y: number) => Point {
  const sine = random.between(-0.15, 0.15);
  const cosine = Math.sqrt(1 - sine * sine);
  const slant = random.between(-0.2, 0.2);
  const width = random.between(13, 17);
  const height = random.between(17, 21);
  const centreX = SIZE / 2 + random.between(-1.5, 1.5);
  const centreY = SIZE / 2 + random.between(-1.5, 1.5);
  return (x, y) => {
    const v = (y - 0.5) * height;
    const u = (x - 0.5) * width - slant * v;
    return [centreX + cosine * u - sine * v, centreY + sine * u + cosine * v];
  };
}

/** Pieces into which a curve is cut between two of its points. */
const PIECES = 4;

/** The stroke as straight pieces; curves are Catmull-Rom splines. */
function trace({ form, points }: Stroke): Point[] {
  if (form === 'lines') return [...points];
  const last = points.length - 1;
  const at = (index: number): Point =>
    form === 'loop' ? points[(index + points.length) % points.length]! : points[Math.min(last, Math.max(0, index))]!;
  const path: Point[] = [at(0)];
  for (let span = 0; span < (form === 'loop' ? points.length : last); span++) {
    const [p, q, r, s] = [at(span - 1), at(span), at(span + 1), at(span + 2)];
    for (let piece = 1; piece <= PIECES; piece++) {
      const t = piece / PIECES;
      path.push([spline(p[0], q[0], r[0], s[0], t), spline(p[1], q[1], r[1], s[1], t)]);
    }
  }
  return path;
}

function spline(p: number, q: number, r: number, s: number, t: number): number {
  return q + 0.5 * t * (r - p + t * (2 * p - 5 * q + 4 * r - s + t * (3 * (q - r) + s - p)));
}

interface Pen {
  readonly radius: number;
  /** Pixels over which the ink fades. */
  readonly edge: number;
}

/** Raises `ink` (0 … 1 a pixel) to what a round pen leaves along the path. */
function drawPath(ink: Float32Array, path: readonly Point[], { radius, edge }: Pen): void {
  const reach = radius + edge;
  for (let i = 1; i < path.length; i++) {
    const [x0, y0] = path[i - 1]!;
    const [x1, y1] = path[i]!;
    const dx = x1 - x0;
    const dy = y1 - y0;
    const square = dx * dx + dy * dy;
    const bottom = Math.min(SIZE - 1, Math.ceil(Math.max(y0, y1) + reach));
    const right = Math.min(SIZE - 1, Math.ceil(Math.max(x0, x1) + reach));
    for (let y = Math.max(0, Math.floor(Math.min(y0, y1) - reach)); y <= bottom; y++) {
      for (let x = Math.max(0, Math.floor(Math.min(x0, x1) - reach)); x <= right; x++) {
        const along = square === 0 ? 0 : ((x - x0) * dx + (y - y0) * dy) / square;
        const t = Math.min(1, Math.max(0, along));
        const ex = x - x0 - t * dx;
        const ey = y - y0 - t * dy;
        const value = Math.min(1, (reach - Math.sqrt(ex * ex + ey * ey)) / edge);
        if (value > ink[y * SIZE + x]!) ink[y * SIZE + x] = value;
      }
    }
  }
}
