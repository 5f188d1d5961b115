import { Injectable } from '@nestjs/common';
import { LedgerStore } from '../storage/ports/ledger.store.js';

export interface LeafRef {
  readonly hash: string;
  readonly sealed: { readonly height: number; readonly hash: string; readonly index: number } | null;
}

/** Where leaves are sealed. What is sealed never moves, so those answers are kept. */
@Injectable()
export class SealedLeaves {
  private static readonly KEPT = 20_000;
  private readonly known = new Map<string, LeafRef>();

  constructor(private readonly store: LedgerStore) {}

  async ref(hash: string): Promise<LeafRef> {
    const known = this.known.get(hash);
    if (known) return known;
    const leaf = await this.store.leafByHash(hash);
    const block = leaf && (await this.store.block(leaf.blockHeight));
    if (!leaf || !block) return { hash, sealed: null };
    const ref: LeafRef = { hash, sealed: { height: block.height, hash: block.hash, index: leaf.index } };
    if (this.known.size >= SealedLeaves.KEPT) this.known.clear();
    this.known.set(hash, ref);
    return ref;
  }
}
