export type Format = 'text' | 'json';

/** @returns undefined for what is neither; text by default. */
export function formatOf(value: string | undefined): Format | undefined {
  if (value === undefined || value === 'text') return 'text';
  return value === 'json' ? 'json' : undefined;
}

export function printOut(text: string): void {
  process.stdout.write(text);
}
