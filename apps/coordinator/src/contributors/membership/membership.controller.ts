import { Body, Controller, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { fromBase64url } from '@fedseal/chain/bytes';
import { hex32 } from '@fedseal/protocol/fields';
import { ApiJsonAnswer, ApiJsonBody, ApiProblems } from '../../observability/openapi.js';
import { ZodPipe } from '../../observability/zod.pipe.js';
import { OperatorOnly } from '../operator.guard.js';
import {
  acceptedLeafAnswer, addNodeRequest, annotateRequest, revokeRequest, signedLeafRequest,
  type AcceptedLeafAnswer, type AddNodeRequest, type AnnotateRequest,
} from './membership.schemas.js';
import { MembershipService } from './membership.service.js';

const ACCEPTED = 'The leaf counts from now on; the next block seals it';

@ApiTags('contributors')
@Controller('v1')
export class MembershipController {
  constructor(private readonly membership: MembershipService) {}

  @Post('contributors/:id/revoke')
  @OperatorOnly()
  @ApiOperation({ summary: 'End a contributor’s key (contributor.revoke); what it signed before stays' })
  @ApiParam({ name: 'id', description: 'keyId' })
  @ApiJsonBody(revokeRequest)
  @ApiJsonAnswer(201, ACCEPTED, acceptedLeafAnswer)
  @ApiProblems(400, 403, 404)
  revoke(
    @Param('id', new ZodPipe(hex32)) id: string,
    @Body(new ZodPipe(revokeRequest)) { reason }: z.output<typeof revokeRequest>,
  ): Promise<AcceptedLeafAnswer> {
    return this.membership.revoke(id, reason);
  }

  @Post('nodes')
  @OperatorOnly()
  @ApiOperation({ summary: 'Name a mirror, miner or witness by its key and address (node.add)' })
  @ApiJsonBody(addNodeRequest)
  @ApiJsonAnswer(201, ACCEPTED, acceptedLeafAnswer)
  @ApiProblems(400, 409, 422)
  addNode(@Body(new ZodPipe(addNodeRequest)) node: AddNodeRequest): Promise<AcceptedLeafAnswer> {
    return this.membership.addNode(node);
  }

  @Post('nodes/:key/remove')
  @OperatorOnly()
  @ApiOperation({ summary: 'Take a node back (node.remove)' })
  @ApiParam({ name: 'key', description: 'The node’s raw public key, hex' })
  @ApiJsonAnswer(201, ACCEPTED, acceptedLeafAnswer)
  @ApiProblems(400, 409, 422)
  removeNode(@Param('key', new ZodPipe(hex32)) key: string): Promise<AcceptedLeafAnswer> {
    return this.membership.removeNode(key);
  }

  @Post('annotations')
  @OperatorOnly()
  @ApiOperation({ summary: 'The operator’s remark or correction on anything that has a hash (annotate)' })
  @ApiJsonBody(annotateRequest)
  @ApiJsonAnswer(201, ACCEPTED, acceptedLeafAnswer)
  @ApiProblems(400, 409, 422)
  annotate(@Body(new ZodPipe(annotateRequest)) remark: AnnotateRequest): Promise<AcceptedLeafAnswer> {
    return this.membership.annotate(remark);
  }

  @Post('leaves')
  @ApiOperation({
    summary: 'Send a leaf that a contributor signed alone: contributor.rotate, contributor.revoke or annotate',
    description: 'The signatures in the leaf are the authorisation; no token is needed.',
  })
  @ApiJsonBody(signedLeafRequest)
  @ApiJsonAnswer(201, ACCEPTED, acceptedLeafAnswer)
  @ApiProblems(400, 403, 404, 409, 422, 429)
  submit(@Body(new ZodPipe(signedLeafRequest)) { leaf }: z.output<typeof signedLeafRequest>): Promise<AcceptedLeafAnswer> {
    return this.membership.submit(fromBase64url(leaf));
  }
}
