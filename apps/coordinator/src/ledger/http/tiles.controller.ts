import { Controller, Get, Header, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { ApiProblems } from '../../observability/openapi.js';
import { Checkpoints } from '../checkpoints.js';
import { TileReader } from '../tile-reader.js';
import { IMMUTABLE, REVALIDATE } from './caching.js';

/** The tree as monitors and witnesses of other logs read it, at the addresses that C2SP tlog-tiles gives. */
@ApiTags('chain')
@Controller()
export class TilesController {
  constructor(
    private readonly checkpoints: Checkpoints,
    private readonly tiles: TileReader,
  ) {}

  @Get('checkpoint')
  @Header('Cache-Control', REVALIDATE)
  @Header('Content-Type', 'text/plain; charset=utf-8')
  @ApiOperation({
    summary: 'The newest block’s tree head, signed by the operator',
    description: 'A C2SP signed note: origin, size and base64 root, a line each, an empty line, and a signature line under the charter’s origin.',
  })
  @ApiProduces('text/plain')
  @ApiOkResponse({ description: 'The checkpoint', schema: { type: 'string' } })
  checkpoint(): string {
    return this.checkpoints.newest().note;
  }

  @Get('tile/*path')
  @ApiOperation({
    summary: 'A tile of the tree’s hashes, or a bundle of its leaves',
    description: '`<level>/<index>[.p/<width>]` as in C2SP tlog-tiles; `entries` in place of the level for the leaves, each with its length before it as a big-endian u16.',
  })
  @ApiParam({ name: 'path', schema: { type: 'string' }, example: '0/x001/x234/067.p/8' })
  @ApiProduces('application/octet-stream')
  @ApiOkResponse({ description: 'Hashes of 32 bytes one after another, or the bundle', schema: { type: 'string', format: 'binary' } })
  @ApiProblems(404)
  async tile(@Req() request: Request, @Res() response: Response): Promise<void> {
    // The path as it was sent: a tile has one spelling, and an escaped one is another.
    const bytes = await this.tiles.tile(request.path.slice(1));
    response.set('Cache-Control', IMMUTABLE).type('application/octet-stream').send(Buffer.from(bytes));
  }
}
