/**
 * Refused by a rule of the model library. `code` is stable, lower-case, and fit for a sealed reason such as
 * `shape-mismatch`; the message is one sentence a person can act on.
 */
export class ModelError extends Error {
  override readonly name = 'ModelError';

  constructor(
    readonly code: string,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}
