import { Injectable } from '@nestjs/common';
import { BlobStore } from '../storage/ports/blob.store.js';
import { RoundStore } from '../storage/ports/round.store.js';
import { RunStore } from '../storage/ports/run.store.js';

/** The stores opening a round touches, as one dependency. */
@Injectable()
export class RoundOpenerStores {
  constructor(
    readonly runs: RunStore,
    readonly rounds: RoundStore,
    readonly blobs: BlobStore,
  ) {}
}
