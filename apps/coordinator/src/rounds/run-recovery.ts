import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import type { RunState } from '@fedseal/rounds/machine/run-state';
import { RunStore, type StoredRun } from '../storage/ports/run.store.js';
import { RoundOpener } from './round-opener.js';
import { RoundSignals } from './round-signals.js';
import { inBackground } from './in-background.js';
import { RunWakers } from './run-wakers.js';

/**
 * Keeps runs going: opens a round whenever the reason it waited may be gone (a worker came, a block was sealed, the
 * round before it closed), and after a restart picks up every run where its state left it.
 */
@Injectable()
export class RunRecovery implements OnApplicationBootstrap {
  private readonly logger = new Logger(RunRecovery.name);

  constructor(
    private readonly stores: RunStore,
    private readonly opener: RoundOpener,
    private readonly signals: RoundSignals,
    private readonly wakers: RunWakers,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    this.signals.on('prepare', (run) => this.prepare(run));
    this.wakers.listen(() => inBackground('opening rounds', this.prepareAll()));
    for (const stored of await this.active()) this.pickUp(stored);
  }

  private pickUp(stored: StoredRun): void {
    const state = stored.state as RunState;
    this.logger.log(`run ${stored.run} goes on: round ${state.round}, attempt ${state.attempt}, ${state.phase}`);
    if (state.phase === 'gathering') this.prepare(stored.run);
    for (const round of state.evaluating) this.signals.emit('evaluate', stored.run, round);
  }

  private async prepareAll(): Promise<void> {
    for (const { run, state } of await this.active()) {
      if ((state as RunState).phase === 'gathering') this.prepare(run);
    }
  }

  private prepare(run: string): void {
    inBackground(`opening a round of ${run}`, this.opener.tryOpen(run));
  }

  private async active(): Promise<StoredRun[]> {
    const [pending, running] = await Promise.all([
      this.stores.list({ limit: 1000, status: 'pending' }),
      this.stores.list({ limit: 1000, status: 'running' }),
    ]);
    return [...pending, ...running];
  }
}
