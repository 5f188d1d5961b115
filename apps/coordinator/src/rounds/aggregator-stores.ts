import { Injectable } from '@nestjs/common';
import { BlobStore } from '../storage/ports/blob.store.js';
import { OutboxStore } from '../storage/ports/outbox.store.js';
import { RoundStore } from '../storage/ports/round.store.js';
import { RunStore } from '../storage/ports/run.store.js';

/** What the aggregator reads and writes, as one dependency. */
@Injectable()
export class AggregatorStores {
  constructor(
    readonly runs: RunStore,
    readonly rounds: RoundStore,
    readonly blobs: BlobStore,
    readonly outbox: OutboxStore,
  ) {}
}
