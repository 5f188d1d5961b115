import { Controller, Get, Res } from '@nestjs/common';
import { ApiProduces, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { Metrics } from './metrics.js';

@ApiTags('operations')
@Controller('metrics')
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  /** Prometheus text format. */
  @Get()
  @ApiProduces('text/plain')
  async read(@Res() response: Response): Promise<void> {
    response.setHeader('content-type', this.metrics.contentType);
    response.end(await this.metrics.text());
  }
}
