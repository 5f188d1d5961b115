import { CanActivate, ExecutionContext, Injectable, UseGuards, applyDecorators, createParamDecorator } from '@nestjs/common';
import { ApiBearerAuth } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { CodedError } from '../observability/coded-error.js';
import { ApiProblems } from '../observability/openapi.js';
import type { StoredContributor } from '../storage/ports/contributor.store.js';
import { Admission } from './access/admission.js';
import { bearerToken } from './access/bearer.js';

/** Lets in an enrolled key whose session is alive. */
@Injectable()
export class SessionGuard implements CanActivate {
  constructor(private readonly admission: Admission) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const token = bearerToken(http.getRequest<Request>());
    if (token === undefined) {
      throw new CodedError('auth.required', 'Send the token of POST /v1/session as `Authorization: Bearer …`.');
    }
    http.getResponse<Response>().locals['contributor'] = await this.admission.admit(token);
    return true;
  }
}

/** For endpoints that an enrolled worker calls. */
export function SessionOnly(): MethodDecorator & ClassDecorator {
  return applyDecorators(UseGuards(SessionGuard), ApiBearerAuth('session'), ApiProblems(401, 403));
}

/** The contributor that SessionGuard let in. */
export const SessionContributor = createParamDecorator((_: unknown, context: ExecutionContext): StoredContributor => {
  return context.switchToHttp().getResponse<Response>().locals['contributor'] as StoredContributor;
});
