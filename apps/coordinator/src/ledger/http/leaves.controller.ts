import { Controller, Get, Header, Param, Res } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { receiptSchema } from '@fedseal/chain/receipt/receipt';
import { ApiJsonAnswer, ApiProblems } from '../../observability/openapi.js';
import { ZodPipe } from '../../observability/zod.pipe.js';
import { ChainReader } from '../chain-reader.js';
import { ReceiptReader } from '../receipt-reader.js';
import { IMMUTABLE, REVALIDATE } from './caching.js';
import { inclusionProof, leaf, leafIndex } from './ledger.schemas.js';
import type { InclusionProof, LeafDetail } from './ledger.schemas.js';
import { sendReceipt } from './send-receipt.js';

@ApiTags('chain')
@ApiParam({ name: 'index', schema: { type: 'integer', minimum: 0 } })
@ApiProblems(400, 404)
@Controller('v1/leaves/:index')
export class LeavesController {
  constructor(
    private readonly reader: ChainReader,
    private readonly receipts: ReceiptReader,
  ) {}

  @Get()
  @Header('Cache-Control', IMMUTABLE)
  @ApiOperation({ summary: 'One sealed leaf: payload, signatures and raw bytes' })
  @ApiJsonAnswer(200, 'The leaf', leaf)
  leaf(@Param('index', new ZodPipe(leafIndex)) index: number): Promise<LeafDetail> {
    return this.reader.leaf(index);
  }

  @Get('proof')
  @Header('Cache-Control', REVALIDATE)
  @ApiOperation({ summary: 'RFC 6962 inclusion proof in the newest block’s tree' })
  @ApiJsonAnswer(200, 'The proof', inclusionProof)
  proof(@Param('index', new ZodPipe(leafIndex)) index: number): Promise<InclusionProof> {
    return this.reader.inclusionProof(index);
  }

  @Get('receipt')
  @ApiOperation({
    summary: 'A sealed leaf’s receipt: evidence that is checked with no network',
    description: 'Save the answer as a file; `fedseal receipt verify FILE` checks it. While the leaf’s block is the newest, `link` is null.',
  })
  @ApiJsonAnswer(200, 'The receipt', receiptSchema)
  async receipt(@Param('index', new ZodPipe(leafIndex)) index: number, @Res() response: Response): Promise<void> {
    sendReceipt(response, await this.receipts.receipt(index));
  }
}
