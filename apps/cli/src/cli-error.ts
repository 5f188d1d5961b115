/** Exit statuses of every command, as `fedseal --help` lists them. 4 is `verify`'s alone: the chain holds, and does not know the model. */
export const EXIT = { ok: 0, refuted: 1, usage: 2, environment: 3, unknown: 4, interrupted: 130 } as const;

/** Ends a command with one sentence that says what to do. */
export class CliError extends Error {
  override readonly name = 'CliError';

  constructor(
    readonly code: string,
    message: string,
    readonly exitStatus: number = EXIT.refuted,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}
