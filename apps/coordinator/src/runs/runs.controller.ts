import { Body, Controller, Get, HttpCode, Param, Post, Query, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { runId } from '@fedseal/protocol/fields';
import { runPlanRequest, type RunPlanRequest } from '@fedseal/protocol/plan';
import { createRunResponse, runDetail, runView, stopRequest, type RunDetail, type RunView } from '@fedseal/protocol/rest';
import { OperatorGuard } from '../contributors/operator.guard.js';
import { ApiJsonAnswer, ApiJsonBody, ApiPage, ApiProblems, pageQuery, type PageQuery } from '../observability/openapi.js';
import { ZodPipe } from '../observability/zod.pipe.js';
import { RunCreator } from './run-creator.js';
import { RunOperator } from './run-operator.js';
import { RunReader } from './run-reader.js';

const runPage = z.object({ runs: z.array(runView), next: z.string().nullable() });

@ApiTags('runs')
@Controller('v1/runs')
export class RunsController {
  constructor(
    private readonly creator: RunCreator,
    private readonly operator: RunOperator,
    private readonly reader: RunReader,
  ) {}

  @Post()
  @UseGuards(OperatorGuard)
  @ApiBearerAuth()
  @ApiOperation({ summary: 'Create a run from its plan', description: 'The plan and the initial model made from its seed are sealed as run.create.' })
  @ApiJsonBody(runPlanRequest)
  @ApiJsonAnswer(201, 'The run', createRunResponse)
  @ApiProblems(400, 401, 409, 422)
  async create(@Body(new ZodPipe(runPlanRequest)) plan: RunPlanRequest): Promise<RunView> {
    return this.reader.view(await this.creator.create(plan));
  }

  @Get()
  @ApiOperation({ summary: 'Runs, newest first' })
  @ApiPage()
  @ApiJsonAnswer(200, 'A page of runs', runPage)
  @ApiProblems(400)
  async list(@Query(new ZodPipe(pageQuery)) { after, limit }: PageQuery): Promise<z.infer<typeof runPage>> {
    const runs = await this.reader.list({ limit, ...(after === undefined ? {} : { after }) });
    return { runs, next: runs.length === limit ? (runs.at(-1)?.run ?? null) : null };
  }

  @Get(':run')
  @ApiOperation({ summary: 'One run with its plan' })
  @ApiJsonAnswer(200, 'The run', runDetail)
  @ApiProblems(400, 404)
  get(@Param('run', new ZodPipe(runId)) run: string): Promise<RunDetail> {
    return this.reader.detail(run);
  }

  @Post(':run/stop')
  @HttpCode(200)
  @UseGuards(OperatorGuard)
  @ApiBearerAuth()
  @ApiOperation({ summary: 'Hold a run, or end it for good with {"final": true}' })
  @ApiJsonBody(stopRequest)
  @ApiJsonAnswer(200, 'The run', runView)
  @ApiProblems(400, 401, 404)
  async stop(@Param('run', new ZodPipe(runId)) run: string, @Body(new ZodPipe(stopRequest)) { final }: z.output<typeof stopRequest>): Promise<RunView> {
    await this.operator.stop(run, final);
    return this.reader.view(await this.reader.stored(run));
  }

  @Post(':run/resume')
  @HttpCode(200)
  @UseGuards(OperatorGuard)
  @ApiBearerAuth()
  @ApiOperation({ summary: 'Go on with a run that is held' })
  @ApiJsonAnswer(200, 'The run', runView)
  @ApiProblems(400, 401, 404)
  async resume(@Param('run', new ZodPipe(runId)) run: string): Promise<RunView> {
    await this.operator.resume(run);
    return this.reader.view(await this.reader.stored(run));
  }
}
