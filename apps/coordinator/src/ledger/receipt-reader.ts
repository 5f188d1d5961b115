import { Injectable } from '@nestjs/common';
import { buildReceipt } from '@fedseal/chain/receipt/build-receipt';
import type { ReceiptSource } from '@fedseal/chain/receipt/build-receipt';
import type { Receipt } from '@fedseal/chain/receipt/receipt';
import { CodedError } from '../observability/coded-error.js';
import { LedgerStore } from '../storage/ports/ledger.store.js';
import type { StoredLeaf } from '../storage/ports/ledger.store.js';
import { Checkpoints } from './checkpoints.js';
import { LedgerService } from './ledger.service.js';

/** Receipts of sealed leaves, for the newest checkpoint: evidence that is checked without this coordinator. */
@Injectable()
export class ReceiptReader {
  constructor(
    private readonly ledger: LedgerService,
    private readonly store: LedgerStore,
    private readonly checkpoints: Checkpoints,
  ) {}

  /** @throws CodedError `leaf.not-found` unless the newest block's tree holds the leaf */
  async receipt(index: number): Promise<Receipt> {
    if (index >= this.ledger.head().treeSize) {
      throw new CodedError('leaf.not-found', `No sealed leaf has index ${index}; a leaf has its receipt once a block seals it.`);
    }
    return buildReceipt(this.source(), index);
  }

  /** One checkpoint throughout, whatever is sealed meanwhile: the tree proves any size it ever had. */
  private source(): ReceiptSource {
    const checkpoint = this.checkpoints.newest();
    const { tree, keyLeaves } = this.ledger;
    return {
      leaf: async (index) => (await this.stored(index)).bytes,
      sealingHeader: async (index) => (await this.store.block((await this.stored(index)).blockHeight))?.header,
      inclusionProof: (index, size) => tree.inclusionProof(index, size),
      consistencyProof: (from, to) => tree.consistencyProof(from, to),
      checkpoint: () => checkpoint,
      keyLeaf: (keyId, before) => keyLeaves.last(keyId, before),
      operatorRotations: () => keyLeaves.operatorRotations,
    };
  }

  private async stored(index: number): Promise<StoredLeaf> {
    const leaf = await this.store.leaf(index);
    if (leaf === undefined) throw new Error(`The row of the sealed leaf ${index} is gone.`);
    return leaf;
  }
}
