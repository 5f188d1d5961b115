import { Body, Controller, Header, HttpCode, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { challengeRequest, challengeResponse, sessionRequest, sessionResponse } from '@fedseal/protocol/session';
import { ApiJsonAnswer, ApiJsonBody, ApiProblems } from '../../observability/openapi.js';
import { ZodPipe } from '../../observability/zod.pipe.js';
import { SessionsService } from './sessions.service.js';

@ApiTags('session')
@Controller('v1/session')
export class SessionController {
  constructor(private readonly sessions: SessionsService) {}

  @Post('challenge')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'First half of the handshake: the coordinator signs both nonces' })
  @ApiJsonBody(challengeRequest)
  @ApiJsonAnswer(200, 'The signed challenge', challengeResponse)
  @ApiProblems(400, 403, 404)
  challenge(
    @Body(new ZodPipe(challengeRequest)) request: z.output<typeof challengeRequest>,
  ): Promise<z.output<typeof challengeResponse>> {
    return this.sessions.challenge(request);
  }

  @Post()
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Second half: the worker signs both nonces and gets a token' })
  @ApiJsonBody(sessionRequest)
  @ApiJsonAnswer(200, 'A token for uploads and the /workers socket', sessionResponse)
  @ApiProblems(400, 401, 403)
  open(@Body(new ZodPipe(sessionRequest)) request: z.output<typeof sessionRequest>): Promise<z.output<typeof sessionResponse>> {
    return this.sessions.open(request);
  }
}
