import { ChainError } from '@fedseal/chain/chain-error';
import type { LedgerStore, StoredBlock, StoredLeaf } from '../storage/ports/ledger.store.js';
import { checkBlockRow, checkLeafRow } from './stored-rows.js';

/**
 * The stored chain up to the tip of the moment, as bytes for a verifier or a file, each row compared with its columns on
 * the way. Headers and leaves may be read in turn or one after the other.
 */
export class StoredChain {
  /** Tree size at each height read so far: the leaves' rows are checked against it. */
  private readonly sizes: number[] = [];

  private constructor(
    private readonly store: LedgerStore,
    readonly tip: StoredBlock,
  ) {}

  /** @throws ChainError `chain.empty` */
  static async open(store: LedgerStore): Promise<StoredChain> {
    const tip = await store.tip();
    if (tip === undefined) throw new ChainError('chain.empty', 'The database holds no block; start the coordinator once to found a federation.');
    return new StoredChain(store, tip);
  }

  /** @throws ChainError `row.*` */
  async *headers(): AsyncGenerator<Uint8Array> {
    for await (const row of this.store.streamBlocks()) {
      if (row.height > this.tip.height) break;
      checkBlockRow(row, this.sizes.length);
      this.sizes.push(row.treeSize);
      yield row.header;
    }
    if (this.sizes.length <= this.tip.height) throw blockMissing(this.sizes.length);
  }

  /** @throws ChainError `row.*`, `chain.surplus-leaves` */
  async *leaves(): AsyncGenerator<Uint8Array> {
    let index = 0;
    let block = 0;
    for await (const row of this.store.streamLeaves(0, this.tip.treeSize)) {
      while (block < this.sizes.length - 1 && index >= (this.sizes[block] ?? 0)) block++;
      checkLeafRow(row, index, block);
      index++;
      yield row.bytes;
    }
    await demandNoLeafFrom(this.store, this.tip.treeSize);
  }
}

/**
 * A leaf beyond the newest block's tree means that rows of blocks are gone, unless somebody has sealed it just now.
 * @throws ChainError `chain.surplus-leaves`
 */
export async function demandNoLeafFrom(store: LedgerStore, treeSize: number): Promise<void> {
  const surplus = await firstLeafFrom(store, treeSize);
  if (surplus === undefined) return;
  const tip = await store.tip();
  if (tip !== undefined && tip.treeSize > surplus.index) return;
  throw new ChainError('chain.surplus-leaves', 'Leaves follow that no block seals: the rows of the last blocks are gone.', { leaf: surplus.index });
}

export function blockMissing(height: number): ChainError {
  return new ChainError('row.block-missing', `The row of block ${height} is missing.`, { block: height });
}

async function firstLeafFrom(store: LedgerStore, from: number): Promise<StoredLeaf | undefined> {
  for await (const leaf of store.streamLeaves(from, Number.MAX_SAFE_INTEGER)) return leaf;
  return undefined;
}
