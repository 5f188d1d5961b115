/** @returns fround(weight + step), and the weight's own bits where the step is zero: −0 stays −0. */
export function moved(weight: number, step: number): number {
  return step === 0 ? weight : Math.fround(weight + step);
}
