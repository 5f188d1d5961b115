import { Controller, Get, Header, Param, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiProduces, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { ApiJsonAnswer, ApiProblems } from '../../observability/openapi.js';
import { ZodPipe } from '../../observability/zod.pipe.js';
import { ChainReader } from '../chain-reader.js';
import { IMMUTABLE, REVALIDATE } from './caching.js';
import {
  block, blockPage, blocksQuery, consistencyProof, consistencyQuery, headersQuery, heightOrHash,
} from './ledger.schemas.js';
import type { Block, BlockPage, BlocksQuery, ConsistencyProof, ConsistencyQuery, HeadersQuery } from './ledger.schemas.js';

@ApiTags('chain')
@Controller('v1')
export class BlocksController {
  constructor(private readonly reader: ChainReader) {}

  @Get('blocks')
  @Header('Cache-Control', REVALIDATE)
  @ApiOperation({ summary: 'Blocks, newest first' })
  @ApiQuery({ name: 'before', required: false, schema: { type: 'integer', minimum: 0 }, description: 'Heights below this one: `next` of the page before' })
  @ApiQuery({ name: 'limit', required: false, schema: { type: 'integer', minimum: 1, maximum: 200, default: 50 } })
  @ApiJsonAnswer(200, 'A page of blocks', blockPage)
  @ApiProblems(400)
  blocks(@Query(new ZodPipe(blocksQuery)) query: BlocksQuery): Promise<BlockPage> {
    return this.reader.blocks(query);
  }

  @Get('blocks/:heightOrHash')
  @Header('Cache-Control', IMMUTABLE)
  @ApiOperation({ summary: 'One block: its header, decoded and raw, and its leaves' })
  @ApiParam({ name: 'heightOrHash', schema: { type: 'string' }, description: 'Height, or the 64 hex digits of the hash' })
  @ApiJsonAnswer(200, 'The block', block)
  @ApiProblems(400, 404)
  block(@Param('heightOrHash', new ZodPipe(heightOrHash)) id: number | string): Promise<Block> {
    return this.reader.block(id);
  }

  @Get('headers')
  @ApiOperation({
    summary: 'Raw headers, 176 bytes each, one after another',
    description: 'From height `from` to height `to`, both included. At most one mebibyte an answer: ask again from where it ended.',
  })
  @ApiQuery({ name: 'from', schema: { type: 'integer', minimum: 0 } })
  @ApiQuery({ name: 'to', schema: { type: 'integer', minimum: 0 } })
  @ApiProduces('application/octet-stream')
  @ApiOkResponse({ description: 'Headers', schema: { type: 'string', format: 'binary' } })
  @ApiProblems(400)
  async headers(@Query(new ZodPipe(headersQuery)) { from, to }: HeadersQuery, @Res() response: Response): Promise<void> {
    const { bytes, complete } = await this.reader.headers(from, to);
    response
      .set('Cache-Control', complete ? IMMUTABLE : REVALIDATE)
      .type('application/octet-stream')
      .send(Buffer.from(bytes));
  }

  @Get('consistency')
  @Header('Cache-Control', IMMUTABLE)
  @ApiOperation({ summary: 'RFC 6962 proof that the tree of `from` leaves is a prefix of the tree of `to` leaves' })
  @ApiQuery({ name: 'from', schema: { type: 'integer', minimum: 1 } })
  @ApiQuery({ name: 'to', schema: { type: 'integer', minimum: 1 } })
  @ApiJsonAnswer(200, 'The proof', consistencyProof)
  @ApiProblems(400, 404)
  consistency(@Query(new ZodPipe(consistencyQuery)) { from, to }: ConsistencyQuery): ConsistencyProof {
    return this.reader.consistency(from, to);
  }
}
