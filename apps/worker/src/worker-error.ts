/**
 * Something a person has to act on. `code` is stable and dotted (`key.readable-by-others`), the message is one sentence
 * that says what to do, `exitStatus` is what the process ends with when nothing catches it.
 */
export class WorkerError extends Error {
  override readonly name = 'WorkerError';

  constructor(
    readonly code: string,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }

  get exitStatus(): number {
    return exitStatusOf(this.code);
  }
}

/** Exit statuses by the first part of the code; `--help` lists them. */
const EXIT_STATUSES: Readonly<Record<string, number>> = {
  usage: 2, history: 3, session: 4, enrolment: 4, invitation: 4, contributor: 4, protocol: 4,
};

export function exitStatusOf(code: string): number {
  return EXIT_STATUSES[code.split('.')[0] ?? ''] ?? 1;
}

/** @returns the code and sentence of anything that was thrown. */
export function describeError(error: unknown): { code: string; message: string } {
  if (error instanceof Error) {
    const code = (error as { code?: unknown }).code ?? (error as { rule?: unknown }).rule;
    return { code: typeof code === 'string' ? code : 'internal', message: error.message };
  }
  return { code: 'internal', message: String(error) };
}
