import { fromBase64url } from '@fedseal/chain/bytes';
import type { Checkpoint } from '@fedseal/chain/checkpoint/checkpoint';
import { openCheckpoint } from '@fedseal/chain/checkpoint/open-checkpoint';
import type { Crypto } from '@fedseal/chain/crypto/crypto';
import { OperatorKeys } from '@fedseal/chain/evidence/operator-keys';
import { readCharter } from '@fedseal/chain/evidence/read-charter';
import { readLeaf } from '@fedseal/chain/leaf/read-leaf';
import { decodeReceipt } from '@fedseal/chain/receipt/receipt';
import { verifyReceipt } from '@fedseal/chain/receipt/verify-receipt';
import { WorkerError } from '../worker-error.js';

/**
 * What every evidence file begins with: the charter, and the rotations of the operator's key. They are read off the receipt of the
 * charter's own leaf, whose hash is the chain's id that the invitation named: nothing here rests on the coordinator's word.
 */
export class FederationPapers {
  private constructor(
    readonly chain: string,
    /** Leaf 0, base64url. */
    readonly charter: string,
    /** operator.rotate leaves in order, base64url. */
    readonly rotations: readonly string[],
    private readonly origin: string,
    private readonly crypto: Crypto,
  ) {}

  /**
   * @param bytes the receipt of leaf 0 @param chain the chainId, hex
   * @throws ChainError when the receipt does not hold; WorkerError `evidence.other-chain`
   */
  static read(bytes: Uint8Array, chain: string, crypto: Crypto): FederationPapers {
    const receipt = decodeReceipt(bytes);
    const { chainId, leaf } = verifyReceipt(receipt, crypto);
    if (chainId !== chain || leaf.index !== 0) {
      throw new WorkerError('evidence.other-chain', 'The coordinator sent the receipt of another leaf than this chain\'s charter.');
    }
    const rotations = receipt.enrolment.filter(({ leaf: text }) => readLeaf(fromBase64url(text)).kind === 'operator.rotate');
    const { origin } = readCharter(receipt, crypto).payload;
    return new FederationPapers(chain, receipt.charter, rotations.map(({ leaf: text }) => text), origin, crypto);
  }

  /** @throws ChainError unless one of the operator's keys signed it */
  openCheckpoint(note: string): Checkpoint {
    const { origin, crypto } = this;
    const keys = OperatorKeys.of(readCharter(this, crypto), this.rotations, this.chain, crypto);
    return keys.openWith(({ publicKey }) => openCheckpoint(note, { origin, publicKey }, crypto)).opened;
  }

  /**
   * An evidence file with as few rotations as it needs: one proof has one spelling.
   * @param verify refuses a file with too few rotations, or too many
   * @throws what `verify` throws of the file with every rotation
   */
  spell<F, R>(file: (rotations: string[]) => F, verify: (file: F) => R): { readonly file: F; readonly report: R } {
    for (let count = 0; ; count++) {
      const spelt = file(this.rotations.slice(0, count));
      try {
        return { file: spelt, report: verify(spelt) };
      } catch (error) {
        if (count >= this.rotations.length) throw error;
      }
    }
  }
}
