import { toHex } from '@fedseal/chain/bytes';
import { ChainError } from '@fedseal/chain/chain-error';
import type { Signer } from '@fedseal/chain/crypto/crypto';
import { LEAF_KINDS } from '@fedseal/chain/leaf/kinds';
import { leafHash } from '@fedseal/chain/leaf/leaf-hash';
import type { JsonLeafKind, Payload } from '@fedseal/chain/leaf/payloads';
import { readLeaf } from '@fedseal/chain/leaf/read-leaf';
import type { ReadLeaf } from '@fedseal/chain/leaf/read-leaf';
import { signLeaf } from '@fedseal/chain/leaf/sign-leaf';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import type { Clock } from '../observability/clock.js';
import { CodedError } from '../observability/coded-error.js';
import type { LedgerStore, NewPoolLeaf } from '../storage/ports/ledger.store.js';
import type { Tx } from '../storage/ports/transaction.js';
import type { AcceptedLeaf, LedgerWrite } from './ledger.js';
import type { LedgerState } from './ledger-state.js';
import { dedupeKeys } from './pool-leaf.js';
import { promiseTerms } from './promise-terms.js';
import type { PromiseTerms } from './promise-terms.js';

/** A leaf that the rules took and that no row holds yet. */
interface RuledLeaf {
  readonly leaf: ReadLeaf;
  readonly hash: Uint8Array;
  readonly hex: string;
  readonly bytes: Uint8Array;
}

/** A write between its beginning and its commit. */
export class PendingWrite implements LedgerWrite {
  private readonly effects: (() => void)[] = [];
  private fault: Error | undefined;

  constructor(
    readonly tx: Tx,
    private readonly state: LedgerState,
    private readonly store: LedgerStore,
    private readonly operator: Signer,
    private readonly clock: Clock,
  ) {}

  async acceptSigned<K extends JsonLeafKind>(kind: K, payload: Omit<Payload<K>, 'chain'>): Promise<AcceptedLeaf> {
    // Every kind but the charter has `chain`, and the rules accept no second charter.
    const whole = { ...payload, chain: toHex(this.state.chainId) } as unknown as Payload<K>;
    return this.accept(signLeaf(kind, whole, [this.operator]));
  }

  async accept(bytes: Uint8Array): Promise<AcceptedLeaf> {
    const ruled = await this.applyRules(bytes);
    const seq = await this.store.appendToPool(this.tx, rowOf(ruled));
    return this.enqueue(ruled, seq === 'duplicate' ? this.fail(ruled.hex) : seq);
  }

  async acceptAll(leaves: readonly Uint8Array[]): Promise<AcceptedLeaf[]> {
    const mark = this.state.rules.mark();
    const ruled: RuledLeaf[] = [];
    try {
      for (const bytes of leaves) ruled.push(await this.applyRules(bytes));
    } catch (error) {
      // Whoever catches this may still commit, and then without any of them.
      this.state.rules.rollback(mark);
      throw error;
    }
    const seqs = await this.store.appendAllToPool(this.tx, ruled.map(rowOf));
    return ruled.map((one, i) => this.enqueue(one, seqs === 'duplicate' ? this.fail(one.hex) : (seqs[i] as bigint)));
  }

  async holds(hash: string): Promise<boolean> {
    return this.state.pool.some((entry) => toHex(entry.hash) === hash) || (await this.store.leafByHash(hash)) !== undefined;
  }

  promiseTerms(commit: Payload<'update.commit'>): PromiseTerms {
    return promiseTerms(this.state, commit, this.clock.nowMs());
  }

  afterCommit(effect: () => void): void {
    this.effects.push(effect);
  }

  /** Last step before the commit. @throws what must not be committed over */
  settle(): void {
    if (this.fault !== undefined) throw this.fault;
  }

  /** @param failed told of each effect that threw: the change is durable all the same, and what must happen is in the outbox */
  runEffects(failed: (error: unknown) => void): void {
    for (const effect of this.effects) {
      try {
        effect();
      } catch (error) {
        failed(error);
      }
    }
  }

  private async applyRules(bytes: Uint8Array): Promise<RuledLeaf> {
    const leaf = readLeaf(bytes);
    if (leaf.kind === 'block.link') throw new ChainError('block.link.position', 'A block.link is made by the block that it leads.');
    const hash = leafHash(nodeCrypto, bytes);
    const hex = toHex(hash);
    try {
      this.state.apply(leaf, hash);
    } catch (error) {
      throw (await this.isRepeated(hex, error)) ? duplicate(hex) : error;
    }
    return { leaf, hash, hex, bytes };
  }

  private enqueue({ leaf, hash, hex, bytes }: RuledLeaf, seq: bigint): AcceptedLeaf {
    this.state.enqueue({ seq, hash, bytes, leaf });
    return { leafHash: hex, seq };
  }

  /** The rules took it and the database did not: whoever swallows this error must not commit the rest. */
  private fail(hash: string): never {
    this.fault = duplicate(hash);
    throw this.fault;
  }

  /** Rules refuse most repetitions too, but whoever repeats itself must hear that and not that it broke a rule. */
  private async isRepeated(hash: string, error: unknown): Promise<boolean> {
    if (error instanceof ChainError && error.rule === 'leaf.duplicate') return true;
    return this.holds(hash);
  }
}

function duplicate(hash: string): CodedError {
  return new CodedError('leaf.duplicate', `Leaf ${hash} was accepted before; it counts once and need not be sent again.`);
}

function rowOf({ leaf, hex, bytes }: RuledLeaf): NewPoolLeaf {
  return { hash: hex, kind: LEAF_KINDS[leaf.kind], bytes, dedupeKeys: dedupeKeys(leaf) };
}
