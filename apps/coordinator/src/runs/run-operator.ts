import { Injectable } from '@nestjs/common';
import type { RunEvent } from '@fedseal/rounds/machine/run-state';
import { Ledger } from '../ledger/ledger.js';
import { RunDriver } from '../rounds/run-driver.js';

/** What an operator may do to a run. Each is idempotent: asking twice is asking once. */
@Injectable()
export class RunOperator {
  constructor(
    private readonly ledger: Ledger,
    private readonly driver: RunDriver,
  ) {}

  /** Holds the run, or with `final` ends it for good. @throws CodedError `run.not-found` */
  async stop(run: string, final: boolean): Promise<void> {
    await this.apply(run, { type: final ? 'stop' : 'pause' });
  }

  /** @throws CodedError `run.not-found` */
  async resume(run: string): Promise<void> {
    await this.apply(run, { type: 'resume' });
  }

  private async apply(run: string, event: RunEvent): Promise<void> {
    await this.ledger.write((write) => this.driver.apply(write, run, event));
  }
}
