import { Controller, Get, Header } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiJsonAnswer } from '../../observability/openapi.js';
import { ChainReader } from '../chain-reader.js';
import { REVALIDATE } from './caching.js';
import { federation } from './ledger.schemas.js';
import type { Federation } from './ledger.schemas.js';

@ApiTags('chain')
@Controller('v1/federation')
export class FederationController {
  constructor(private readonly reader: ChainReader) {}

  @Get()
  @Header('Cache-Control', REVALIDATE)
  @ApiOperation({ summary: 'The federation: its charter, its operator’s key and its newest block' })
  @ApiJsonAnswer(200, 'The federation', federation)
  federation(): Federation {
    return this.reader.federation();
  }
}
