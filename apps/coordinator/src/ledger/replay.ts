import type { LedgerStore, StoredLeaf } from '../storage/ports/ledger.store.js';
import { namingPlace } from './chain-corrupt.js';
import { followBlock, leafCount } from './follow-block.js';
import { LedgerState } from './ledger-state.js';
import { blockMissing, demandNoLeafFrom } from './stored-chain.js';

/**
 * Reads the whole stored chain and checks every rule of it, every hash computed again.
 * @returns the state at its head, without the pool
 * @throws CodedError `chain.corrupt` naming block, leaf and rule
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

async function take(leaves: AsyncIterator<StoredLeaf>, count: number): Promise<StoredLeaf[]> {
  const taken: StoredLeaf[] = [];
  while (taken.length < count) {
    const next = await leaves.next();
    if (next.done) break;
    taken.push(next.value);
  }
  return taken;
}
