import { toHex } from '@fedseal/chain/bytes';
import type { Signer } from '@fedseal/chain/crypto/crypto';
import type { SeenHead } from '@fedseal/chain/leaf/payload-fields';
import type { Payload } from '@fedseal/chain/leaf/payloads';
import { signPromise } from '@fedseal/chain/promise/promise';
import type { SignedPromise } from '@fedseal/chain/promise/promise';
import type { MerkleTree } from '@fedseal/chain/tree/merkle-tree';
import { Logger } from '@nestjs/common';
import type { Clock } from '../observability/clock.js';
import { CodedError } from '../observability/coded-error.js';
import type { LedgerStore } from '../storage/ports/ledger.store.js';
import type { ChainWriter } from './chain-writer.js';
import type { KeyLeaves } from './key-leaves.js';
import { Ledger } from './ledger.js';
import type { LedgerWrite } from './ledger.js';
import type { SealedBlock } from './ledger-state.js';
import { PendingWrite } from './pending-write.js';
import type { PromiseTerms } from './promise-terms.js';
import { SealWaiters } from './seal-waiters.js';
import type { SealedPlace } from './seal-waiters.js';

/** The ledger over the stored chain and its copy in memory. */
export class LedgerService extends Ledger {
  private readonly log = new Logger('Ledger');
  private readonly waiters = new SealWaiters();

  /** @param changed told after every committed change, so that a block can be searched for */
  constructor(
    private readonly writer: ChainWriter,
    private readonly store: LedgerStore,
    override readonly operator: Signer,
    private readonly clock: Clock,
    private readonly changed: () => void,
  ) {
    super();
    writer.onSealed((block) => this.resolveWaiters(block));
  }

  override get chainId(): string {
    return toHex(this.writer.state.chainId);
  }

  get charter(): Payload<'charter'> {
    return this.writer.state.charter;
  }

  /** The sealed leaves' tree, for proofs. */
  get tree(): MerkleTree {
    return this.writer.state.tree;
  }

  /** Where sealed keys came from, for receipts. */
  get keyLeaves(): KeyLeaves {
    return this.writer.state.keyLeaves;
  }

  /** Leaves accepted and not sealed. */
  get waiting(): number {
    return this.writer.state.pool.length;
  }

  /** Leaves of the tree at a height; 0 below genesis. */
  treeSizeAt(height: number): number {
    return this.writer.state.treeSizeAt(height);
  }

  override head(): SeenHead {
    return this.writer.state.head;
  }

  override sealedContributors(role: 'contributor' | 'evaluator'): ReadonlySet<string> {
    return this.writer.state.contributors(role);
  }

  override async write<T>(work: (write: LedgerWrite) => Promise<T>): Promise<T> {
    let pending: PendingWrite | undefined;
    const result = await this.writer.change(
      async (tx) => {
        pending = new PendingWrite(tx, this.writer.state, this.store, this.operator, this.clock);
        const outcome = await work(pending);
        pending.settle();
        return outcome;
      },
      () => pending?.runEffects((error) => this.log.error('An effect after a commit failed', error)),
    );
    this.changed();
    return result;
  }

  override promise(leafHash: string, { height, notAfterMs }: PromiseTerms): SignedPromise {
    return signPromise({ chain: this.chainId, leafHash, height, notAfterMs, issuedAtMs: this.clock.nowMs() }, this.operator);
  }

  /** @throws CodedError `leaf.not-found` when it is neither sealed nor waiting */
  override async sealed(hash: string): Promise<SealedPlace> {
    const waiting = await this.writer.look((state) => {
      return state.pool.some((entry) => toHex(entry.hash) === hash) ? { place: this.waiters.wait(hash) } : undefined;
    });
    if (waiting) return waiting.place;
    const leaf = await this.store.leafByHash(hash);
    if (leaf === undefined) {
      throw new CodedError('leaf.not-found', `No leaf ${hash} was accepted; send it first.`);
    }
    return { height: leaf.blockHeight, index: leaf.index };
  }

  private resolveWaiters({ header, leaves }: SealedBlock): void {
    for (const { hash, index } of leaves) this.waiters.resolve(toHex(hash), { height: header.height, index });
  }
}
