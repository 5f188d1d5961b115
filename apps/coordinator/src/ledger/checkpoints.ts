import { Injectable } from '@nestjs/common';
import { fromHex } from '@fedseal/chain/bytes';
import { signCheckpoint } from '@fedseal/chain/checkpoint/sign-checkpoint';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import { LedgerService } from './ledger.service.js';

/** A signed tree head and the size of its tree. */
export interface SignedCheckpoint {
  /** C2SP tlog-checkpoint, as a signed note. */
  readonly note: string;
  /** Leaves. */
  readonly size: number;
}

/**
 * The newest block's tree, signed by the operator. Trees in between blocks are never signed: each signed size is one that a
 * header states too, so that two roots for one size show who made them.
 */
@Injectable()
export class Checkpoints {
  private signed: (SignedCheckpoint & { readonly blockHash: string }) | undefined;

  constructor(private readonly ledger: LedgerService) {}

  newest(): SignedCheckpoint {
    const { blockHash, treeSize: size, treeRoot } = this.ledger.head();
    if (this.signed?.blockHash !== blockHash) {
      const { origin } = this.ledger.charter;
      const note = signCheckpoint({ origin, size, root: fromHex(treeRoot) }, this.ledger.operator, nodeCrypto);
      this.signed = { note, size, blockHash };
    }
    return this.signed;
  }
}
