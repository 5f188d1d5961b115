import { HttpException } from '@nestjs/common';
import { ZodError } from 'zod';
import { ChainError } from '@fedseal/chain/chain-error';
import type { Problem } from '@fedseal/protocol/problem';
import type { Ack } from '@fedseal/protocol/worker-messages';
import { CodedError } from './coded-error.js';
import { httpStatusOf, titleOf } from './error-table.js';

/** What a client is told about an error. `expected` is false for a fault of ours, whose details stay in the log. */
export interface Refusal {
  readonly code: string;
  readonly status: number;
  readonly message: string;
  readonly errors?: { path: string; message: string }[];
  readonly expected: boolean;
}

export function refusalOf(error: unknown): Refusal {
  if (error instanceof CodedError) return coded(error.code, error.message);
  if (error instanceof ChainError) return coded(error.rule, error.message);
  if (error instanceof ZodError) {
    const errors = error.issues.map((issue) => ({ path: issue.path.map(String).join('.'), message: issue.message }));
    const first = errors[0];
    const detail = first === undefined ? 'it does not fit the schema' : `${first.path || 'its value'}: ${first.message}`;
    return { ...coded('request.invalid', `Correct the request: ${detail}.`), errors };
  }
  if (error instanceof HttpException) return ofHttpException(error);
  return ofBodyParser(error) ?? internal();
}

export function problemOf(refusal: Refusal, requestId: string | undefined): Problem {
  return {
    type: `urn:fedseal:problem:${refusal.code}`,
    title: titleOf(refusal.code),
    status: refusal.status,
    code: refusal.code,
    detail: refusal.message,
    ...(requestId === undefined ? {} : { requestId }),
    ...(refusal.errors === undefined ? {} : { errors: refusal.errors }),
  };
}

export function refusalAck(error: unknown): Extract<Ack, { ok: false }> {
  const refusal = refusalOf(error);
  return { ok: false, code: refusal.code, message: refusal.message };
}

function coded(code: string, message: string): Refusal {
  const status = httpStatusOf(code);
  return { code, status, message, expected: status < 500 || status === 503 };
}

function internal(): Refusal {
  return {
    code: 'internal',
    status: 500,
    message: 'The coordinator met an unexpected error; try again, and give the request id to its operator if it stays.',
    expected: false,
  };
}

/** What Nest itself throws: unknown routes, forbidden guards, malformed URLs. */
function ofHttpException(error: HttpException): Refusal {
  const status = error.getStatus();
  if (status === 404) return coded('route.not-found', 'There is nothing at this address; /docs lists what there is.');
  if (status === 401) return coded('auth.required', 'Send a token as `Authorization: Bearer …`.');
  if (status === 403) return coded('auth.forbidden', 'This token does not open this address.');
  if (status === 503) return coded('service.unavailable', error.message);
  if (status >= 500) return internal();
  return { ...coded('request.malformed', error.message), status };
}

/** body-parser reports with http-errors; its message can quote the body, so only its type is used. */
function ofBodyParser(error: unknown): Refusal | undefined {
  if (typeof error !== 'object' || error === null || !('type' in error) || !('status' in error)) return undefined;
  switch (error.type) {
    case 'entity.too.large':
      return coded('request.too-large', 'The body is larger than this address accepts; send less.');
    case 'entity.parse.failed':
      return coded('request.malformed', 'The body is not valid JSON; correct it and send it again.');
    case 'charset.unsupported':
    case 'encoding.unsupported':
      return coded('request.unsupported-type', 'Send the body as UTF-8, without a content encoding.');
    case 'request.aborted':
    case 'request.size.invalid':
      return coded('request.malformed', 'The body ended early; send it again.');
    default:
      return undefined;
  }
}
