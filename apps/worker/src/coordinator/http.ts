import { problem } from '@fedseal/protocol/problem';
import type { z } from 'zod';
import { WorkerError } from '../worker-error.js';

/** The coordinator refused a request; `code` is its own stable code. */
export class RefusedRequest extends WorkerError {
  constructor(
    code: string,
    message: string,
    readonly status: number,
  ) {
    super(code, message);
  }
}

/** The coordinator did not answer, or answered that it cannot at the moment. */
export class Unreachable extends WorkerError {}

/** Whether the same request may succeed later. */
export function isTransient(error: unknown): boolean {
  return error instanceof Unreachable;
}

export interface HttpOptions {
  readonly signal: AbortSignal;
  /** The whole exchange, in ms. */
  readonly timeoutMs?: number;
}

const JSON_TIMEOUT_MS = 30_000;
const TRANSFER_TIMEOUT_MS = 30 * 60_000;
const JSON_MOST_BYTES = 4 * 2 ** 20;
const BUSY = new Set([408, 425, 429]);

/** Requests to one coordinator. Every answer is checked against a schema or a size before it is used. */
export class CoordinatorHttp {
  /** @param url address of the coordinator; a path before `/v1` (a proxy's) is kept. */
  constructor(readonly url: string) {}

  /** @throws RefusedRequest, Unreachable, or WorkerError `coordinator.answer` when the answer is not what was agreed. */
  async postJson<T>(path: string, body: unknown, answer: z.ZodType<T>, options: HttpOptions): Promise<T> {
    const response = await this.request(path, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body),
    }, { timeoutMs: JSON_TIMEOUT_MS, ...options });
    return parseJson(response.bytes, answer, path);
  }

  async getJson<T>(path: string, answer: z.ZodType<T>, options: HttpOptions): Promise<T> {
    const response = await this.request(path, { method: 'GET' }, { timeoutMs: JSON_TIMEOUT_MS, ...options });
    return parseJson(response.bytes, answer, path);
  }

  /** @param mostBytes the answer is cut off and refused past this size. */
  async getBytes(path: string, mostBytes: number, options: HttpOptions): Promise<Uint8Array> {
    const request = { method: 'GET', headers: { accept: 'application/octet-stream' } };
    return (await this.request(path, request, { timeoutMs: TRANSFER_TIMEOUT_MS, ...options }, mostBytes)).bytes;
  }

  async putBytes(path: string, bytes: Uint8Array, headers: Record<string, string>, options: HttpOptions): Promise<void> {
    const request = { method: 'PUT', headers: { 'content-type': 'application/octet-stream', ...headers }, body: bytes };
    await this.request(path, request, { timeoutMs: TRANSFER_TIMEOUT_MS, ...options });
  }

  private async request(
    path: string,
    init: { method: string; headers?: Record<string, string>; body?: string | Uint8Array },
    options: HttpOptions & { timeoutMs: number },
    mostBytes = JSON_MOST_BYTES,
  ): Promise<{ bytes: Uint8Array }> {
    const signal = AbortSignal.any([options.signal, AbortSignal.timeout(options.timeoutMs)]);
    let response: Response;
    let bytes: Uint8Array;
    try {
      response = await fetch(`${this.url.replace(/\/+$/, '')}${path}`, { ...init, signal, redirect: 'error' });
      bytes = await readBounded(response, mostBytes, path);
    } catch (cause) {
      options.signal.throwIfAborted();
      if (cause instanceof WorkerError) throw cause;
      throw new Unreachable('coordinator.unreachable', `The coordinator at ${this.url} does not answer (${reasonOf(cause)}).`, { cause });
    }
    if (response.ok) return { bytes };
    const { code, message } = readProblem(bytes, response.status);
    if (response.status >= 500 || BUSY.has(response.status)) throw new Unreachable(code, message);
    throw new RefusedRequest(code, message, response.status);
  }
}

async function readBounded(response: Response, mostBytes: number, path: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  if (response.body) {
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      length += chunk.length;
      if (length > mostBytes) throw new WorkerError('coordinator.answer', `The answer to ${path} is longer than ${mostBytes} bytes.`);
      chunks.push(chunk);
    }
  }
  return chunks.length === 1 && chunks[0] ? chunks[0] : new Uint8Array(Buffer.concat(chunks, length));
}

function parseJson<T>(bytes: Uint8Array, schema: z.ZodType<T>, path: string): T {
  try {
    return schema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch (cause) {
    throw new WorkerError(
      'coordinator.answer',
      `The coordinator's answer to ${path} is not one that this version understands; compare the two versions.`,
      { cause },
    );
  }
}

function readProblem(bytes: Uint8Array, status: number): { code: string; message: string } {
  try {
    const { code, detail } = problem.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
    return { code, message: detail };
  } catch {
    return { code: `http.${status}`, message: `The coordinator answered with HTTP status ${status}.` };
  }
}

/** The system's own code (ECONNREFUSED and the like) lies below fetch's "fetch failed". */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return 'timed out';
  const cause = error.cause as { code?: unknown; message?: unknown } | undefined;
  return String(cause?.code ?? cause?.message ?? error.message);
}
