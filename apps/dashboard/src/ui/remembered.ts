/** Choices kept in this browser; where that is forbidden (private windows), they last as long as the page. */

export function remembered<T extends string>(name: string, known: readonly T[]): T | undefined {
  try {
    const value = localStorage.getItem(`fedseal.${name}`);
    return known.find((one) => one === value);
  } catch {
    return undefined;
  }
}

export function remember(name: string, value: string): void {
  try {
    localStorage.setItem(`fedseal.${name}`, value);
  } catch {
    // Not kept, and nothing else depends on it.
  }
}
