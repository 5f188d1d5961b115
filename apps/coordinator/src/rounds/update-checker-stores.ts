import { Injectable } from '@nestjs/common';
import { BlobStore } from '../storage/ports/blob.store.js';
import { OutboxStore } from '../storage/ports/outbox.store.js';
import { ReceivedUpdates } from '../storage/received/received-updates.js';
import { RoundStore } from '../storage/ports/round.store.js';
import { RunStore } from '../storage/ports/run.store.js';

/** What the checker reads and writes, as one dependency. */
@Injectable()
export class UpdateCheckerStores {
  constructor(
    readonly runs: RunStore,
    readonly rounds: RoundStore,
    readonly blobs: BlobStore,
    readonly outbox: OutboxStore,
    readonly received: ReceivedUpdates,
  ) {}
}
