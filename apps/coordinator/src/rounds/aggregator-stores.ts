import { Injectable } from '@nestjs/common';
import { BlobStore } from '../storage/ports/blob.store.js';
import { OutboxStore } from '../storage/ports/outbox.store.js';
import { RoundStore } from '../storage/ports/round.store.js';
import { RunStore } from '../storage/ports/run.store.js';
import { ModelSource } from './model-source.js';

/** What sums and closes of rounds read and write, as one dependency. */
@Injectable()
export class AggregatorStores {
  constructor(
    readonly runs: RunStore,
    readonly rounds: RoundStore,
    readonly blobs: BlobStore,
    readonly outbox: OutboxStore,
    readonly models: ModelSource,
  ) {}
}
