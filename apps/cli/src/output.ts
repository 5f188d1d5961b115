/** Where a command's own result goes (standard output) and where everything else goes (standard error). */
export interface Output {
  readonly format: 'text' | 'json';
  /** A line of the result, in text format. */
  line(text?: string): void;
  /** The result object, in JSON format. */
  result(value: unknown): void;
  /** News on the way, never part of the result. */
  note(text: string): void;
}

export function createOutput(format: 'text' | 'json'): Output {
  return {
    format,
    line: (text = '') => {
      if (format === 'text') process.stdout.write(`${text}\n`);
    },
    result: (value) => {
      if (format === 'json') process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
    },
    note: (text) => process.stderr.write(`${text}\n`),
  };
}
