import { Injectable } from '@nestjs/common';
import { Ledger } from '../ledger/ledger.js';
import { Clock } from '../observability/clock.js';
import { FederationEvents } from '../observability/federation-events.js';
import { RoundSignals } from './round-signals.js';

/** What the world hears after a commit. */
@Injectable()
export class EffectAnnouncer {
  constructor(
    readonly signals: RoundSignals,
    readonly events: FederationEvents,
    readonly clock: Clock,
    private readonly ledger: Ledger,
  ) {}

  /** A run has ended for its watchers only when the block that holds its last leaves is sealed. */
  runEnded(run: string, leafHash: string, outcome: 'completed' | 'failed' | 'stopped', reason: string): void {
    this.ledger.sealed(leafHash).then(
      () => this.events.publish({ name: 'run.ended.v1', data: { run, outcome, reason } }),
      // Shutting down before the seal: whoever asks after the restart reads it from the run itself.
      () => undefined,
    );
  }
}
