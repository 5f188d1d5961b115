import { ChainError } from '@fedseal/chain/chain-error';
import { CodedError } from '../observability/coded-error.js';
import type { LedgerStore, StoredLeaf } from '../storage/ports/ledger.store.js';
import { followBlock, leafCount } from './follow-block.js';
import { LedgerState } from './ledger-state.js';
import { blockMissing, demandNoLeafFrom } from './stored-chain.js';

/**
 * Reads the whole stored chain and checks every rule of it, every hash computed again.
 * @returns the state at its head, without the pool
 * @throws CodedError `chain.broken` naming block, leaf and rule
 */
export function replay(store: LedgerStore): Promise<LedgerState> {
  return namingPlace(async () => {
    const state = new LedgerState();
    const tip = await store.tip();
    if (tip === undefined) {
      await demandNoLeafFrom(store, 0);
      return state;
    }
    const leaves = store.streamLeaves(0, tip.treeSize)[Symbol.asyncIterator]();
    for await (const row of store.streamBlocks()) {
      if (row.height > tip.height) break;
      followBlock(state, row, await take(leaves, leafCount(state, row)));
    }
    await leaves.return?.();
    if (state.blocks.newest !== tip.height) {
      throw blockMissing(state.blocks.newest + 1);
    }
    await demandNoLeafFrom(store, state.tree.size);
    return state;
  });
}

/** @throws CodedError `chain.broken` for whatever ChainError `work` ends with, in one sentence that names the place */
export async function namingPlace<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ChainError)) throw error;
    throw new CodedError(
      'chain.broken',
      `The stored chain is not whole at ${placeOf(error)}: ${error.message} [${error.rule}] Restore the database from a backup; "coordinator audit" checks it again.`,
      { cause: error },
    );
  }
}

/** `block 7, leaf 31` */
function placeOf({ location: { block, leaf } }: ChainError): string {
  const parts = [block === undefined ? [] : [`block ${block}`], leaf === undefined ? [] : [`leaf ${leaf}`]].flat();
  return parts.length === 0 ? 'its pool' : parts.join(', ');
}

async function take(leaves: AsyncIterator<StoredLeaf>, count: number): Promise<StoredLeaf[]> {
  const taken: StoredLeaf[] = [];
  while (taken.length < count) {
    const next = await leaves.next();
    if (next.done) break;
    taken.push(next.value);
  }
  return taken;
}
