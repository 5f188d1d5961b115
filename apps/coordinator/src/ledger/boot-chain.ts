import { toHex } from '@fedseal/chain/bytes';
import type { Signer } from '@fedseal/chain/crypto/crypto';
import { decodeHeader } from '@fedseal/chain/header/header';
import { blockHash } from '@fedseal/chain/header/block-hash';
import { LEAF_KINDS } from '@fedseal/chain/leaf/kinds';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import type { SearchPool } from '@fedseal/chain/native/search-pool';
import type { Clock } from '../observability/clock.js';
import { CodedError } from '../observability/coded-error.js';
import type { Randomness } from '../observability/randomness.js';
import type { LedgerStore } from '../storage/ports/ledger.store.js';
import type { Database } from '../storage/ports/transaction.js';
import { applyNews, readNews } from './catch-up.js';
import { namingPlace } from './chain-corrupt.js';
import { genesisTemplate } from './genesis.js';
import type { LedgerOptions } from './ledger-options.js';
import type { LedgerState } from './ledger-state.js';
import { replay } from './replay.js';

const MEASURE_MS = 300;

export interface BootTools {
  readonly database: Database;
  readonly store: LedgerStore;
  readonly miner: SearchPool;
  readonly clock: Clock;
  readonly randomness: Randomness;
}

/**
 * The state that a coordinator starts from: the whole stored chain verified, and the pool on top of it. Founds the
 * federation when the database holds none.
 * @throws CodedError `chain.corrupt`; `operator-key.mismatch` when this key is not the federation's
 */
export async function bootChain(options: LedgerOptions, operator: Signer, tools: BootTools): Promise<LedgerState> {
  const { database, store } = tools;
  if ((await store.tip()) === undefined) {
    // Replayed first: leaves without blocks are damage, not a database to found a federation in.
    await replay(store);
    await found(options, operator, tools);
  }
  const state = await replay(store);
  await database.transaction(async (tx) => {
    await store.lockWriter(tx);
    await namingPlace(async () => applyNews(state, await readNews(state, store)));
  });
  demandOperator(state, operator);
  return state;
}

/** Mines genesis. Of two coordinators that found at once the first to append wins, and the other follows it. */
async function found(options: LedgerOptions, operator: Signer, tools: BootTools): Promise<void> {
  const { database, store, miner, clock, randomness } = tools;
  const isMeasured = options.proofOfWork.startMs > 0;
  const triesPerSecond = isMeasured ? (await miner.measureRate(MEASURE_MS)) * options.minerThreads : 0;
  const { charter, header } = genesisTemplate(options, operator, {
    nowMs: clock.nowMs(),
    triesPerSecond,
    salt: randomness.bytes(16),
  });
  const { header: bytes, tries } = await miner.search(header, {
    nowMs: () => clock.nowMs(),
    monotonicMs: () => clock.monotonicMs(),
    randomBytes: (length) => randomness.bytes(length),
  });
  await database.transaction(async (tx) => {
    await store.lockWriter(tx);
    if ((await store.tip()) !== undefined) return;
    const { treeSize, treeRoot } = decodeHeader(bytes);
    const block = { height: 0, header: bytes, hash: toHex(blockHash(nodeCrypto, bytes)), treeSize, tries };
    await store.appendBlock(tx, block, [{ index: 0, hash: toHex(treeRoot), kind: LEAF_KINDS.charter, bytes: charter }], []);
  });
}

function demandOperator(state: LedgerState, operator: Signer): void {
  const expected = state.rules.views.operator?.keyId;
  const actual = toHex(operator.keyId);
  if (actual === expected) return;
  throw new CodedError(
    'operator-key.mismatch',
    `This federation's operator has the key ${expected}, and operator.key is ${actual}; put the federation's own key back, or use another database.`,
  );
}
