import { ModelError } from '../model-error.js';

/** The parameters that strategies take, and the ranges in which no round can leave float32. */
const RANGES = {
  /** Server learning rate. */
  eta: { least: 1e-9, most: 100, whole: false },
  /** Momentum and decay of the moments. */
  beta: { least: 0, most: 0.999_999, whole: false },
  beta1: { least: 0, most: 0.999_999, whole: false },
  beta2: { least: 0, most: 0.999_999, whole: false },
  /** Degree of adaptivity. */
  tau: { least: 1e-9, most: 1, whole: false },
  /** Weight of FedProx's term. */
  mu: { least: 0, most: 1000, whole: false },
  trim: { least: 1, most: 1_000_000, whole: true },
  f: { least: 1, most: 1_000_000, whole: true },
  m: { least: 1, most: 1_000_000, whole: true },
  /** C of the clip filter. */
  norm: { least: 1e-9, most: 1e9, whole: false },
} as const;

export type ParameterName = keyof typeof RANGES;

/**
 * Parameters as `round.close` seals them. A plan's schema has checked them too; who reads a plan off a chain has only this.
 * @throws ModelError `strategy-parameter`
 */
export function sealedParameters(values: Readonly<Partial<Record<ParameterName, number>>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      const { least, most, whole } = RANGES[name as ParameterName];
      const fits = typeof value === 'number' && value >= least && value <= most && (!whole || Number.isSafeInteger(value));
      if (!fits) {
        throw new ModelError('strategy-parameter', `The strategy's ${name} must be a ${whole ? 'whole ' : ''}number from ${least} to ${most}, not ${String(value)}.`);
      }
      return [name, decimalText(value)];
    }),
  );
}

/** The shortest decimal that reads back as this number, without an exponent: the same in every language. */
export function decimalText(value: number): string {
  const [mantissa, exponent] = String(value).split('e');
  if (exponent === undefined) return mantissa!;
  const sign = mantissa!.startsWith('-') ? '-' : '';
  const [whole, fraction = ''] = mantissa!.replace('-', '').split('.');
  const point = whole!.length + Number(exponent);
  const digits = whole! + fraction;
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  return point >= digits.length ? sign + digits.padEnd(point, '0') : `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}
