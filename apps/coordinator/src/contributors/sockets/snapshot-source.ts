import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { DashboardEvent } from '@fedseal/protocol/dashboard-events';
import { Ledger } from '../../ledger/ledger.js';
import { ContributorStore } from '../../storage/ports/contributor.store.js';
import { RunStore } from '../../storage/ports/run.store.js';
import { LiveWorkers } from './live-workers.js';

type Snapshot = DashboardEvent<'snapshot.v1'>;

/** Offline contributors beyond this are left to GET /v1/contributors. */
const MOST_CONTRIBUTORS = 1000;

/** The one field of a run machine's state that a snapshot tells. */
const machineState = z.object({ round: z.int() });

/** What is going on now, for a dashboard that just connected. */
@Injectable()
export class SnapshotSource {
  constructor(
    private readonly ledger: Ledger,
    private readonly contributors: ContributorStore,
    private readonly runs: RunStore,
    private readonly live: LiveWorkers,
  ) {}

  async read(): Promise<Snapshot> {
    const [workers, run] = await Promise.all([this.workers(), this.run()]);
    const { height, blockHash, treeSize } = this.ledger.head();
    return { chain: this.ledger.chainId, head: { height, hash: blockHash, treeSize }, workers, run };
  }

  private async workers(): Promise<Snapshot['workers']> {
    const known = await this.contributors.list({ limit: MOST_CONTRIBUTORS });
    const online = this.live.list();
    const connected = new Set(online.map(({ keyId }) => keyId));
    return [...online, ...known.filter(({ keyId, revokedAtMs }) => revokedAtMs === null && !connected.has(keyId))].map(
      ({ keyId, name, role }) => ({ contributor: keyId, name, role, online: connected.has(keyId) }),
    );
  }

  /** The run that is going on, or else the newest one. */
  private async run(): Promise<Snapshot['run']> {
    const [running] = await this.runs.list({ limit: 1, status: 'running' });
    const [run] = running === undefined ? await this.runs.list({ limit: 1 }) : [running];
    if (run === undefined) return null;
    const state = machineState.safeParse(run.state);
    return { run: run.run, status: run.status, round: state.success ? state.data.round : 0, rounds: run.rounds };
  }
}
