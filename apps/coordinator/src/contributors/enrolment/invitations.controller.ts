import { Body, Controller, Post, Req } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Request } from 'express';
import type { z } from 'zod';
import { createInvitationRequest, createInvitationResponse } from '@fedseal/protocol/session';
import { ServerAddress } from '../../config/server-address.js';
import { ApiJsonAnswer, ApiJsonBody, ApiProblems } from '../../observability/openapi.js';
import { ZodPipe } from '../../observability/zod.pipe.js';
import { OperatorOnly } from '../operator.guard.js';
import { InvitationsService } from './invitations.service.js';

@ApiTags('contributors')
@Controller('v1/invitations')
export class InvitationsController {
  constructor(
    private readonly invitations: InvitationsService,
    private readonly address: ServerAddress,
  ) {}

  @Post()
  @OperatorOnly()
  @ApiOperation({ summary: 'Make a one-time invitation; its code is shown only in this answer' })
  @ApiJsonBody(createInvitationRequest)
  @ApiJsonAnswer(201, 'The code to give to one worker', createInvitationResponse)
  @ApiProblems(400)
  create(
    @Body(new ZodPipe(createInvitationRequest)) wish: z.output<typeof createInvitationRequest>,
    @Req() request: Request,
  ): Promise<z.output<typeof createInvitationResponse>> {
    const { role, expiresInSeconds } = wish;
    return this.invitations.create({ role, expiresInSeconds, url: wish.url ?? this.reachedBy(request) });
  }

  /** What is configured, or else the address this very request used, which may be another than this machine's own. */
  private reachedBy(request: Request): string {
    if (this.address.isConfigured || request.headers.host === undefined) return this.address.url;
    return `${request.protocol}://${request.headers.host}`;
  }
}
