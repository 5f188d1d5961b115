import { problem } from '@fedseal/protocol/problem';

/** What a request came to: refused with the server's code and sentence, or not answered at all (`offline`). */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';

  constructor(
    readonly code: string,
    message: string,
    readonly status: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  get isOffline(): boolean {
    return this.status === 0;
  }
}

/** @returns the refusal that an answer carries, whoever sent it: a proxy's page has no code */
export async function problemOf(response: Response): Promise<ProblemError> {
  const parsed = problem.safeParse(await response.json().catch(() => undefined));
  if (parsed.success) return new ProblemError(parsed.data.code, parsed.data.detail, response.status);
  return new ProblemError('http.status', `The server answered with status ${response.status} and no reason.`, response.status);
}
