/** The largest power of two smaller than n: where RFC 6962 splits a tree of n > 1 leaves. */
export function splitPoint(n: number): number {
  let half = 1;
  while (half * 2 < n) half *= 2;
  return half;
}
