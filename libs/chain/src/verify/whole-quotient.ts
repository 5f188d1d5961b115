/**
 * ⌊a / b⌋ in plain numbers, exactly. The division alone rounds to nearest, which can reach the next integer.
 * @param a 0 to 2^53 − 1 @param b 1 to 2^53 − 1
 */
export function wholeQuotient(a: number, b: number): number {
  const quotient = Math.floor(a / b);
  // Never more than one off, and the product then never more than b above a.
  const rest = a - quotient * b;
  return rest < 0 ? quotient - 1 : rest >= b ? quotient + 1 : quotient;
}

/** 2^0 to 2^52: looked up, since `**` with a variable exponent costs more than the division. */
const POWERS = Float64Array.from({ length: 53 }, (_, exponent) => 2 ** exponent);

/**
 * ⌊2^bits / divisor⌋ exactly, by long division in steps that stay below 2^53.
 * @param divisor 1 to 2^42 @param bits so many that the quotient is below 2^53
 */
export function powerQuotient(bits: number, divisor: number): number {
  // 2^52 first, then as many further bits at a time as a rest below the divisor leaves room for.
  let left = Math.min(52, bits);
  let dividend = POWERS[left] as number;
  let quotient = wholeQuotient(dividend, divisor);
  let rest = dividend - quotient * divisor;
  const step = divisor < 4_294_967_296 ? 21 : 11;
  for (left = bits - left; left > 0; left -= step) {
    const scale = POWERS[Math.min(step, left)] as number;
    dividend = rest * scale;
    const part = wholeQuotient(dividend, divisor);
    rest = dividend - part * divisor;
    quotient = quotient * scale + part;
  }
  return quotient;
}
