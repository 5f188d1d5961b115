import { ArgumentsHost, Catch, ExceptionFilter } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { JsonLogger } from './logger.js';
import { currentRequestId } from './request-id.js';
import { problemOf, refusalOf } from './refusal.js';

/** Answers every error of the REST interface as problem+json (RFC 9457); unknown ones without their details. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly logger: JsonLogger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<Request>();
    const response = http.getResponse<Response>();
    const refusal = refusalOf(error);
    const requestId = currentRequestId() ?? response.getHeader('x-request-id')?.toString();
    if (!refusal.expected) this.logger.error(error, { requestId, code: refusal.code });
    if (response.headersSent) {
      // Half an answer must not look like a whole one.
      response.destroy();
      return;
    }
    if (response.destroyed) return;
    // What is left of a refused body is not read.
    if (!request.complete) response.setHeader('connection', 'close');
    if (refusal.status === 401) response.setHeader('www-authenticate', 'Bearer');
    response.removeHeader('etag');
    response.setHeader('cache-control', 'no-store');
    response.status(refusal.status).type('application/problem+json');
    response.end(JSON.stringify(problemOf(refusal, requestId)));
  }
}
