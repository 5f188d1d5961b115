import { pipeline } from 'node:stream/promises';
import { Controller, Get, Head, Param, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOperation, ApiParam, ApiProduces, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { hex32 } from '@fedseal/protocol/fields';
import { CodedError } from '../../observability/coded-error.js';
import { ApiProblems } from '../../observability/openapi.js';
import { ZodPipe } from '../../observability/zod.pipe.js';
import { BlobStore, type BlobStat } from '../../storage/ports/blob.store.js';
import { bearerToken } from '../access/bearer.js';
import { BlobAccess, type Readers } from './blob-access.js';
import { readByteRange } from './byte-range.js';
import { digestField } from './content-digest.js';

@ApiTags('files')
@ApiParam({ name: 'sha256', schema: { type: 'string', pattern: '^[0-9a-f]{64}$' } })
@ApiBearerAuth('operator')
@ApiBearerAuth('session')
@Controller('v1/blobs')
export class BlobsController {
  constructor(
    private readonly blobs: BlobStore,
    private readonly access: BlobAccess,
  ) {}

  @Head(':sha256')
  @ApiOperation({ summary: 'Whether a file is here, and how long it is' })
  @ApiResponse({ status: 200, description: 'It is here' })
  @ApiProblems(401, 403, 404)
  async head(@Param('sha256', new ZodPipe(hex32)) sha256: string, @Req() request: Request, @Res() response: Response): Promise<void> {
    const stat = await this.describe(sha256, request, response);
    response.status(200).setHeader('content-length', stat.bytes).end();
  }

  @Get(':sha256')
  @ApiOperation({ summary: 'A model, plan, list of candidates or weights, or an update, by its SHA-256' })
  @ApiHeader({ name: 'range', required: false, description: 'One range of bytes (RFC 9110)' })
  @ApiProduces('application/octet-stream')
  @ApiResponse({ status: 200, description: 'The bytes', schema: { type: 'string', format: 'binary' } })
  @ApiResponse({ status: 206, description: 'The range that was asked for' })
  @ApiResponse({ status: 304, description: 'Unchanged, as it always is' })
  @ApiProblems(401, 403, 404, 416)
  async read(@Param('sha256', new ZodPipe(hex32)) sha256: string, @Req() request: Request, @Res() response: Response): Promise<void> {
    const stat = await this.describe(sha256, request, response);
    if (isKnown(request.headers['if-none-match'], sha256)) {
      response.status(304).end();
      return;
    }
    const field = isFor(request.headers['if-range'], sha256) ? request.headers.range : undefined;
    const range = readByteRange(field, stat.bytes);
    if (range === 'unsatisfiable') {
      response.setHeader('content-range', `bytes */${stat.bytes}`);
      throw new CodedError('blob.range', `The file has ${stat.bytes} bytes; ask for a range inside it.`);
    }
    const { start, end } = range ?? { start: 0, end: stat.bytes };
    const bytes = await this.blobs.stream(sha256, range);
    if (range !== undefined) response.status(206).setHeader('content-range', `bytes ${start}-${end - 1}/${stat.bytes}`);
    response.setHeader('content-length', end - start);
    await pipeline(bytes, response).catch((error: NodeJS.ErrnoException) => {
      if (!READER_LEFT.has(error.code ?? '')) throw error;
    });
  }

  /** Checks the right to read and sets what GET and HEAD share. */
  private async describe(sha256: string, request: Request, response: Response): Promise<BlobStat> {
    const readers = await this.access.check(sha256, bearerToken(request));
    const stat = await this.blobs.stat(sha256);
    if (stat === undefined) throw new CodedError('blob.not-found', 'No file with this digest is stored here; check it against the chain.');
    response.setHeader('etag', `"${sha256}"`);
    response.setHeader('accept-ranges', 'bytes');
    response.setHeader('content-type', 'application/octet-stream');
    response.setHeader('repr-digest', digestField(sha256));
    response.setHeader('vary', 'authorization');
    response.setHeader('cache-control', CACHING[readers]);
    return stat;
  }
}

/** A reader that hung up is no fault of ours. */
const READER_LEFT = new Set(['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET', 'EPIPE']);

/** A digest names its bytes for good; an update stays out of caches altogether. */
const CACHING: Record<Readers, string> = { everyone: 'public, max-age=31536000, immutable', some: 'private, no-store' };

/**
 * `If-None-Match` with this file's tag. Express asks about `Cache-Control: no-cache` too, which fetch adds to every
 * conditional request; a name that is a digest has nothing newer behind it.
 */
function isKnown(ifNoneMatch: string | undefined, sha256: string): boolean {
  return (ifNoneMatch ?? '').split(',').some((tag) => tag.trim().replace(/^W\//, '') === `"${sha256}"` || tag.trim() === '*');
}

/** `If-Range` with anything but this file's own tag means: send all of it. */
function isFor(ifRange: string | string[] | undefined, sha256: string): boolean {
  return ifRange === undefined || ifRange === `"${sha256}"`;
}
