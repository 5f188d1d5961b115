import { fromHex } from '@fedseal/chain/bytes';
import { readLeaf } from '@fedseal/chain/leaf/read-leaf';
import { ChainError } from '@fedseal/chain/chain-error';
import type { LedgerStore, PoolEntry, StoredBlock, StoredLeaf } from '../storage/ports/ledger.store.js';
import { followBlock } from './follow-block.js';
import type { LedgerState, SealedBlock } from './ledger-state.js';
import { checkPoolRow, inPool } from './stored-rows.js';

/** What others committed since this state last looked. */
export interface News {
  readonly blocks: readonly { readonly row: StoredBlock; readonly leaves: readonly StoredLeaf[] }[];
  readonly pool: readonly PoolEntry[];
}

/** Reads only; call with the writer's lock held, after genesis. @throws ChainError `row.tip` when what was sealed is no longer there */
export async function readNews(state: LedgerState, store: LedgerStore): Promise<News> {
  const [tip, pool] = await Promise.all([store.tip(), store.pool(state.lastSeq)]);
  const newest = state.blocks.newest;
  const height = tip?.height ?? -1;
  if (height < newest) throw new ChainError('row.tip', `The row of block ${newest}, sealed before, is gone.`, { block: newest });
  if (height === newest && tip?.hash !== state.head.blockHash) {
    throw new ChainError('row.tip', `Another block stands where ${state.head.blockHash} was sealed.`, { block: newest });
  }
  const rows = height === newest ? [] : (await store.blocks({ below: height + 1, limit: height - newest })).reverse();
  const blocks = [];
  let from = state.tree.size;
  for (const row of rows) {
    const leaves = [];
    for await (const leaf of store.streamLeaves(from, row.treeSize)) leaves.push(leaf);
    blocks.push({ row, leaves });
    from = row.treeSize;
  }
  return { blocks, pool };
}

/** @returns the blocks that are new here. @throws ChainError; the state is then of no further use */
export function applyNews(state: LedgerState, { blocks, pool }: News): SealedBlock[] {
  const appended = blocks.map(({ row, leaves }) => followBlock(state, row, leaves));
  for (const entry of pool) {
    if (entry.seq > state.lastSeq) acceptStored(state, entry);
  }
  return appended;
}

function acceptStored(state: LedgerState, entry: PoolEntry): void {
  checkPoolRow(entry);
  const { seq, bytes } = entry;
  const hash = fromHex(entry.hash);
  try {
    const leaf = readLeaf(bytes);
    state.apply(leaf, hash);
    state.enqueue({ seq, hash, bytes, leaf });
  } catch (error) {
    throw inPool(seq, error);
  }
}
