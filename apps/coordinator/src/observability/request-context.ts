import type { NextFunction, Request, Response } from 'express';
import type { Clock } from './clock.js';
import type { JsonLogger } from './logger.js';
import type { Randomness } from './randomness.js';
import { withRequestId } from './request-id.js';

/** What a caller may choose as its id: short, and unable to forge a log line. */
const ACCEPTED_ID = /^[A-Za-z0-9._-]{1,64}$/;

/**
 * Gives every request an id (its own `x-request-id` when that is harmless), repeats it in the answer, and writes one
 * line when the answer is out. Neither headers nor bodies are logged: they carry tokens and secrets.
 */
export function requestContext(clock: Clock, randomness: Randomness, logger: JsonLogger) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const given = request.headers['x-request-id'];
    const requestId = typeof given === 'string' && ACCEPTED_ID.test(given) ? given : randomness.uuid();
    const startedMs = clock.monotonicMs();
    response.setHeader('x-request-id', requestId);
    response.once('close', () => {
      logger.request({
        requestId,
        method: request.method,
        path: request.originalUrl.split('?', 1)[0] ?? '',
        status: response.statusCode,
        complete: response.writableFinished,
        ms: Math.round(clock.monotonicMs() - startedMs),
      });
    });
    withRequestId(requestId, next);
  };
}
