import type { z } from 'zod';
import { ProblemError, problemOf } from './problem-error.js';

interface Wish {
  readonly signal?: AbortSignal | undefined;
  readonly method?: 'GET' | 'POST';
  readonly body?: unknown;
  /** The operator's. */
  readonly token?: string | undefined;
}

/**
 * One request to this page's own origin.
 * @param schema what the answer must be: a server of another version is named instead of shown wrongly
 * @throws ProblemError `offline`, `answer.malformed`, and the server's own codes
 */
export async function request<T>(path: string, schema: z.ZodType<T>, wish: Wish = {}): Promise<T> {
  const response = await answerTo(path, wish);
  const parsed = schema.safeParse(await response.json().catch(() => undefined));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new ProblemError('answer.malformed', `The answer to ${path} is not what this page expects (${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}). Load the page again; it may be older than its server.`, response.status, { cause: parsed.error });
}

/** @throws ProblemError for every answer that is no success */
export async function answerTo(path: string, { signal, method = 'GET', body, token }: Wish = {}): Promise<Response> {
  const response = await fetch(path, {
    method,
    signal: signal ?? null,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
    body: body === undefined ? null : JSON.stringify(body),
  }).catch((cause: unknown) => {
    if (signal?.aborted) throw cause;
    throw new ProblemError('offline', 'The coordinator does not answer.', 0, { cause });
  });
  if (!response.ok) throw await problemOf(response);
  return response;
}
