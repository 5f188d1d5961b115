import { Injectable } from '@nestjs/common';
import { runPlan, type RunPlan } from '@fedseal/protocol/plan';
import { BlobStore } from '../storage/ports/blob.store.js';
import type { StoredRun } from '../storage/ports/run.store.js';

/** Plans by digest. They never change, so each is read once. */
@Injectable()
export class PlanSource {
  private readonly known = new Map<string, RunPlan>();

  constructor(private readonly blobs: BlobStore) {}

  async load(run: Pick<StoredRun, 'planSha256'>): Promise<RunPlan> {
    const cached = this.known.get(run.planSha256);
    if (cached) return cached;
    const bytes = await this.blobs.get(run.planSha256);
    const plan = runPlan.parse(JSON.parse(new TextDecoder().decode(bytes)));
    this.known.set(run.planSha256, plan);
    return plan;
  }
}
