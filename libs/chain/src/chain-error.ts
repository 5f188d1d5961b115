/** Where in a chain something is wrong; each part is present as far as it is known. */
export interface ChainLocation {
  readonly block?: number;
  readonly leaf?: number;
}

/**
 * Refused by a rule of the chain. `rule` is a stable dotted name such as `header.previous-hash` or
 * `update.commit.signature`; the message is one sentence a person can act on.
 */
export class ChainError extends Error {
  override readonly name = 'ChainError';

  constructor(
    readonly rule: string,
    message: string,
    readonly location: ChainLocation = {},
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }

  /** The same refusal, with what the caller knows about its place. */
  at(location: ChainLocation): ChainError {
    return new ChainError(this.rule, this.message, { ...location, ...this.location }, { cause: this.cause });
  }
}
