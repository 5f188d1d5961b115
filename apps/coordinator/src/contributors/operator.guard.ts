import { CanActivate, ExecutionContext, Injectable, UseGuards, applyDecorators } from '@nestjs/common';
import { ApiBearerAuth } from '@nestjs/swagger';
import type { Request } from 'express';
import { CodedError } from '../observability/coded-error.js';
import { ApiProblems } from '../observability/openapi.js';
import { bearerToken } from './access/bearer.js';
import { OperatorToken } from './access/operator-token.js';

/** Lets in whoever shows the operator's token. */
@Injectable()
export class OperatorGuard implements CanActivate {
  constructor(private readonly operator: OperatorToken) {}

  canActivate(context: ExecutionContext): boolean {
    const token = bearerToken(context.switchToHttp().getRequest<Request>());
    if (token === undefined) {
      throw new CodedError(
        'auth.required',
        'Only the operator may do this: send the token of <home>/operator.token as `Authorization: Bearer …`.',
      );
    }
    if (!this.operator.matches(token)) {
      throw new CodedError('auth.invalid', 'This is not the operator’s token; read it from <home>/operator.token.');
    }
    return true;
  }
}

/** For endpoints that change the federation. */
export function OperatorOnly(): MethodDecorator & ClassDecorator {
  return applyDecorators(UseGuards(OperatorGuard), ApiBearerAuth('operator'), ApiProblems(401));
}
