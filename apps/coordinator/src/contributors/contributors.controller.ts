import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { hex32 } from '@fedseal/protocol/fields';
import type { Contribution } from '@fedseal/protocol/rest';
import { enrolRequest, enrolResponse } from '@fedseal/protocol/session';
import { CodedError } from '../observability/coded-error.js';
import { ApiJsonAnswer, ApiJsonBody, ApiPage, ApiProblems, pageQuery, type PageQuery } from '../observability/openapi.js';
import { ZodPipe } from '../observability/zod.pipe.js';
import { SealedLeaves } from '../runs/sealed-leaves.js';
import { ContributorStore, type StoredContributor } from '../storage/ports/contributor.store.js';
import { RoundStore, updateCursor, type StoredUpdate } from '../storage/ports/round.store.js';
import { contributionPage, contributorPage, contributorView, type ContributorView } from './contributors.schemas.js';
import { EnrolmentService } from './enrolment/enrolment.service.js';
import { WorkerChannel } from './worker-channel.js';

@ApiTags('contributors')
@Controller('v1/contributors')
export class ContributorsController {
  constructor(
    private readonly contributors: ContributorStore,
    private readonly rounds: RoundStore,
    private readonly enrolment: EnrolmentService,
    private readonly channel: WorkerChannel,
    private readonly sealed: SealedLeaves,
  ) {}

  @Post()
  @ApiOperation({ summary: 'Enrol a key with an invitation; the operator adds its signature to the leaf' })
  @ApiJsonBody(enrolRequest)
  @ApiJsonAnswer(201, 'The key is enrolled', enrolResponse)
  @ApiProblems(400, 403, 409, 422)
  enrol(@Body(new ZodPipe(enrolRequest)) request: z.output<typeof enrolRequest>): Promise<z.output<typeof enrolResponse>> {
    return this.enrolment.enrol(request);
  }

  @Get()
  @ApiOperation({ summary: 'Contributors and evaluators in the order of their enrolment' })
  @ApiPage()
  @ApiJsonAnswer(200, 'One page', contributorPage)
  async list(@Query(new ZodPipe(pageQuery)) page: PageQuery): Promise<z.output<typeof contributorPage>> {
    const found = await this.contributors.list({ limit: page.limit + 1, ...afterOf(page) });
    const contributors = found.slice(0, page.limit).map((one) => this.view(one));
    return { contributors, next: found.length > page.limit ? (contributors.at(-1)?.keyId ?? null) : null };
  }

  @Get(':id')
  @ApiOperation({ summary: 'One contributor' })
  @ApiParam({ name: 'id', description: 'keyId: SHA-256 of the raw public key' })
  @ApiJsonAnswer(200, 'The contributor', contributorView)
  @ApiProblems(404)
  async get(@Param('id', new ZodPipe(hex32)) id: string): Promise<ContributorView> {
    return this.view(await this.find(id));
  }

  @Get(':id/contributions')
  @ApiOperation({ summary: 'Its parts in rounds, newest first: updates with their verdicts, and silences' })
  @ApiParam({ name: 'id', description: 'keyId' })
  @ApiPage()
  @ApiJsonAnswer(200, 'One page', contributionPage)
  @ApiProblems(404)
  async contributions(
    @Param('id', new ZodPipe(hex32)) id: string,
    @Query(new ZodPipe(pageQuery)) page: PageQuery,
  ): Promise<z.output<typeof contributionPage>> {
    const { name } = await this.find(id);
    const found = await this.rounds.updatesOf(id, { limit: page.limit + 1, ...afterOf(page) });
    const kept = found.slice(0, page.limit);
    const last = kept.at(-1);
    return {
      contributions: await Promise.all(kept.map((update) => this.contribution(update, name))),
      next: found.length > page.limit && last ? updateCursor(last) : null,
    };
  }

  private async find(id: string): Promise<StoredContributor> {
    const contributor = await this.contributors.get(id);
    if (contributor === undefined) {
      throw new CodedError('contributor.not-found', 'No key with this id is enrolled here; GET /v1/contributors lists those that are.');
    }
    return contributor;
  }

  private async contribution(update: StoredUpdate, name: string): Promise<Contribution> {
    const { commit, verdictLeaf, ...rest } = update;
    const [committed, judged] = await Promise.all([commit, verdictLeaf].map((hash) => (hash === null ? null : this.sealed.ref(hash))));
    return { ...rest, name, commit: committed ?? null, verdict: judged ?? null };
  }

  private view(contributor: StoredContributor): ContributorView {
    return { ...contributor, online: this.channel.isOnline(contributor.keyId) };
  }
}

function afterOf(page: PageQuery): { after?: string } {
  return page.after === undefined ? {} : { after: page.after };
}
