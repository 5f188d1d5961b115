/**
 * A measured number as the chain's JSON takes it: plain digits, no exponent, at most six decimals, no trailing zeros.
 * @returns undefined for what is not finite or too large to be a measurement.
 */
export function decimalText(value: number): string | undefined {
  if (!Number.isFinite(value) || Math.abs(value) >= 1e15) return undefined;
  const text = value.toFixed(6).replace(/\.?0+$/, '');
  return text === '-0' ? '0' : text;
}

/** The measurements that are finite, as text. */
export function metricsText(values: Readonly<Record<string, number>>): Record<string, string> {
  const entries = Object.entries(values).flatMap(([name, value]) => {
    const text = decimalText(value);
    return text === undefined ? [] : [[name, text] as const];
  });
  return Object.fromEntries(entries);
}
