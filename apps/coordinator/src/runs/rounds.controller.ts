import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { z } from 'zod';
import { receiptSchema } from '@fedseal/chain/receipt/receipt';
import { hex32, runId } from '@fedseal/protocol/fields';
import { lineage, modelView, provenance, roundView, type Lineage, type ModelView, type Provenance, type RoundView } from '@fedseal/protocol/rest';
import { sendReceipt } from '../ledger/http/send-receipt.js';
import { ReceiptReader } from '../ledger/receipt-reader.js';
import { ApiJsonAnswer, ApiPage, ApiProblems } from '../observability/openapi.js';
import { ZodPipe } from '../observability/zod.pipe.js';
import { ProvenanceReader } from './provenance-reader.js';
import { RunReader } from './run-reader.js';

/** Rounds are 32-bit integers in the database. */
const LARGEST_ROUND = 2 ** 31 - 1;
const roundNumber = z.string().regex(/^[1-9][0-9]{0,9}$/, 'must be a round, counted from 1').transform(Number).pipe(z.int().max(LARGEST_ROUND));
const roundPage = z.object({ rounds: z.array(roundView), next: z.int().nullable() });
const roundsQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  after: z.coerce.number().int().min(0).max(LARGEST_ROUND).optional(),
});
const attemptQuery = z.strictObject({ attempt: roundNumber.optional() });

@ApiTags('rounds')
@Controller('v1')
export class RoundsController {
  constructor(
    private readonly reader: RunReader,
    private readonly provenances: ProvenanceReader,
    private readonly receipts: ReceiptReader,
  ) {}

  @Get('runs/:run/rounds')
  @ApiOperation({ summary: 'Rounds of a run, each attempt of them, oldest first' })
  @ApiPage()
  @ApiJsonAnswer(200, 'A page of rounds', roundPage)
  @ApiProblems(400, 404)
  async list(
    @Param('run', new ZodPipe(runId)) run: string,
    @Query(new ZodPipe(roundsQuery)) { limit, after }: z.output<typeof roundsQuery>,
  ): Promise<z.infer<typeof roundPage>> {
    await this.reader.stored(run);
    const page = await this.reader.roundPage(run, after ?? 0, limit);
    return { rounds: await Promise.all(page.rounds.map((round) => this.reader.roundView(round))), next: page.next };
  }

  @Get('runs/:run/rounds/:round')
  @ApiOperation({ summary: 'One round; its last attempt unless `?attempt=` names another' })
  @ApiJsonAnswer(200, 'The round', roundView)
  @ApiProblems(400, 404)
  async round(
    @Param('run', new ZodPipe(runId)) run: string,
    @Param('round', new ZodPipe(roundNumber)) round: number,
    @Query(new ZodPipe(attemptQuery)) { attempt }: z.output<typeof attemptQuery>,
  ): Promise<RoundView> {
    return this.reader.roundView(await this.reader.round(run, round, attempt));
  }

  @Get('runs/:run/rounds/:round/provenance')
  @ApiOperation({
    summary: "A round's record",
    description: 'Who was invited, who contributed with what weight, who was refused and why, the base and the resulting model, and the block, leaves and proofs that seal it.',
  })
  @ApiJsonAnswer(200, 'The record', provenance)
  @ApiProblems(400, 404)
  provenance(
    @Param('run', new ZodPipe(runId)) run: string,
    @Param('round', new ZodPipe(roundNumber)) round: number,
    @Query(new ZodPipe(attemptQuery)) { attempt }: z.output<typeof attemptQuery>,
  ): Promise<Provenance> {
    return this.provenances.round(run, round, attempt);
  }

  @Get('models/:sha256')
  @ApiOperation({ summary: 'Which rounds produced a model file' })
  @ApiJsonAnswer(200, 'The model', modelView)
  @ApiProblems(400, 404)
  model(@Param('sha256', new ZodPipe(hex32)) sha256: string): Promise<ModelView> {
    return this.provenances.model(sha256);
  }

  @Get('models/:sha256/lineage')
  @ApiOperation({ summary: 'Every round from a model back to the initial one' })
  @ApiJsonAnswer(200, 'The lineage', lineage)
  @ApiProblems(400, 404)
  lineage(@Param('sha256', new ZodPipe(hex32)) sha256: string): Promise<Lineage> {
    return this.provenances.lineage(sha256);
  }

  @Get('models/:sha256/receipt')
  @ApiOperation({
    summary: 'The receipt of the leaf that says where a model comes from',
    description: 'Of the round.close that produced it, or of the run.create that brought it as initial weights. It is checked with no network.',
  })
  @ApiJsonAnswer(200, 'The receipt', receiptSchema)
  @ApiProblems(400, 404)
  async receipt(@Param('sha256', new ZodPipe(hex32)) sha256: string, @Res() response: Response): Promise<void> {
    sendReceipt(response, await this.receipts.receipt(await this.provenances.originLeaf(sha256)));
  }
}
