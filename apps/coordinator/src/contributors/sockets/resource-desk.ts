import { Injectable, OnModuleInit } from '@nestjs/common';
import { toHex } from '@fedseal/chain/bytes';
import { leafHash as hashLeaf } from '@fedseal/chain/leaf/leaf-hash';
import { readLeaf } from '@fedseal/chain/leaf/read-leaf';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import type { Ack } from '@fedseal/protocol/worker-messages';
import { Ledger } from '../../ledger/ledger.js';
import { CodedError } from '../../observability/coded-error.js';
import { ContributorStore } from '../../storage/ports/contributor.store.js';
import { WorkerChannel, type SubmittedLeaf } from '../worker-channel.js';
import { LiveWorkers } from './live-workers.js';

/** Takes what workers say about their machines: a resource.register leaf, kept beside the contributor. */
@Injectable()
export class ResourceDesk implements OnModuleInit {
  constructor(
    private readonly channel: WorkerChannel,
    private readonly ledger: Ledger,
    private readonly contributors: ContributorStore,
    private readonly live: LiveWorkers,
  ) {}

  onModuleInit(): void {
    this.channel.onLeaf('resource.register', (leaf) => this.register(leaf));
  }

  private async register({ bytes, contributor }: SubmittedLeaf): Promise<Ack> {
    const leaf = readLeaf(bytes);
    if (leaf.kind !== 'resource.register') throw new Error('The channel routes by kind.');
    const { payload } = leaf;
    if (payload.contributor !== contributor) {
      throw new CodedError('leaf.contributor', 'This leaf speaks for another key than the session’s; sign it with the session’s key.');
    }
    const leafHash = toHex(hashLeaf(nodeCrypto, bytes));
    try {
      await this.ledger.write(async (write) => {
        await write.accept(bytes);
        const known = await this.contributors.get(contributor);
        if (known === undefined) throw new Error('A session belongs to an enrolled key.');
        await this.contributors.save(write.tx, { ...known, resource: { ...payload } });
      });
    } catch (error) {
      // A worker that starts again on the same machine says the same again: it is on the chain already.
      if (!(error instanceof CodedError && error.code === 'leaf.duplicate')) throw error;
    }
    this.live.describe(contributor, payload.backend);
    return { ok: true, leafHash };
  }
}
