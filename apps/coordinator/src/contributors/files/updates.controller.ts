import { Readable } from 'node:stream';
import { Controller, Inject, Param, Put, Req, Res } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiHeader, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { hex32 } from '@fedseal/protocol/fields';
import { CONFIG, type Config } from '../../config/config.js';
import { Clock } from '../../observability/clock.js';
import { CodedError } from '../../observability/coded-error.js';
import { ApiJsonAnswer, ApiProblems } from '../../observability/openapi.js';
import { ZodPipe } from '../../observability/zod.pipe.js';
import { BlobStore } from '../../storage/ports/blob.store.js';
import type { StoredContributor } from '../../storage/ports/contributor.store.js';
import { UploadStore } from '../../storage/ports/upload.store.js';
import { ReceivedUpdates } from '../../storage/received/received-updates.js';
import { SessionContributor, SessionOnly } from '../session.guard.js';
import { contentDigestSha256 } from './content-digest.js';

const stored = z.object({ sha256: hex32, bytes: z.int().min(0) });

@ApiTags('files')
@Controller('v1/updates')
export class UpdatesController {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly blobs: BlobStore,
    private readonly uploads: UploadStore,
    private readonly received: ReceivedUpdates,
    private readonly clock: Clock,
  ) {}

  @Put(':sha256')
  @SessionOnly()
  @ApiOperation({
    summary: 'Upload an update under its own SHA-256',
    description: 'Streamed to the database while it arrives. Sending the same file again, after a lost answer, has the same result.',
  })
  @ApiParam({ name: 'sha256', schema: { type: 'string', pattern: '^[0-9a-f]{64}$' } })
  @ApiHeader({ name: 'content-digest', required: false, description: '`sha-256=:…:` (RFC 9530); must agree with the address' })
  @ApiConsumes('application/octet-stream')
  @ApiBody({ schema: { type: 'string', format: 'binary' } })
  @ApiJsonAnswer(200, 'Stored', stored)
  @ApiProblems(400, 413, 422)
  async put(
    @Param('sha256', new ZodPipe(hex32)) sha256: string,
    @SessionContributor() { keyId }: StoredContributor,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<z.output<typeof stored>> {
    this.checkHeaders(sha256, request);
    await this.uploads.begin(sha256, keyId, this.clock.nowMs());
    const result = await this.store(sha256, request);
    await this.uploads.complete(sha256, keyId);
    response.setHeader('location', `/v1/blobs/${sha256}`);
    return { sha256: result.sha256, bytes: result.bytes };
  }

  /** What can be refused before a byte is read. */
  private checkHeaders(sha256: string, request: Request): void {
    const { maxUpdateBytes } = this.config.limits;
    if (Number(request.headers['content-length'] ?? 0) > maxUpdateBytes) {
      throw new CodedError('blob.too-large', `An update may have ${maxUpdateBytes} bytes at most here; the operator can raise FEDSEAL_MAX_UPDATE_BYTES.`);
    }
    if (request.headers['content-encoding'] !== undefined) {
      throw new CodedError('request.unsupported-type', 'Send the file as it is, without a content encoding.');
    }
    const field = request.headers['content-digest'];
    const declared = contentDigestSha256(Array.isArray(field) ? field.join(',') : field);
    if (declared !== undefined && declared !== sha256) {
      throw new CodedError('blob.digest-mismatch', 'Content-Digest names another file than the address; send both for the same bytes.');
    }
  }

  private async store(sha256: string, request: Request): Promise<{ sha256: string; bytes: number }> {
    const landing = this.received.begin(Number(request.headers['content-length'] ?? 0));
    // The request itself must outlive a refusal, or its answer could not be sent.
    const pieces = request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
    const body = Readable.from(landing ? landing.watch(pieces) : pieces, { objectMode: false });
    try {
      const result = await this.blobs.putStream(body, sha256, this.config.limits.maxUpdateBytes);
      landing?.keep(sha256);
      return result;
    } catch (cause) {
      landing?.drop();
      if (!request.complete && request.destroyed) {
        throw new CodedError('blob.incomplete', 'The upload ended before its last byte; send it again.', { cause });
      }
      throw cause;
    }
  }
}
