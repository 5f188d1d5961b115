import type { Signer } from '@fedseal/chain/crypto/crypto';
import { SearchPool } from '@fedseal/chain/native/search-pool';
import { Logger } from '@nestjs/common';
import type { Clock } from '../observability/clock.js';
import type { CrashPoints } from '../observability/crash-points.js';
import type { FederationEvents } from '../observability/federation-events.js';
import type { Randomness } from '../observability/randomness.js';
import type { LedgerStore } from '../storage/ports/ledger.store.js';
import type { Database } from '../storage/ports/transaction.js';
import { BlockSealing } from './block-sealing.js';
import type { BlockTemplate } from './block-template.js';
import { bootChain } from './boot-chain.js';
import { ChainWriter } from './chain-writer.js';
import type { LedgerOptions } from './ledger-options.js';
import { LedgerService } from './ledger.service.js';
import { Sealer } from './sealer.js';
import type { Timer } from './timer.js';

const log = new Logger('Ledger');

export interface LedgerTools {
  readonly database: Database;
  readonly store: LedgerStore;
  readonly clock: Clock;
  readonly timer: Timer;
  readonly randomness: Randomness;
  readonly events: FederationEvents;
  readonly crash: CrashPoints;
}

export interface OpenLedger {
  readonly service: LedgerService;
  /** Begins to seal what waits; before that, nothing but genesis is mined. */
  start(): void;
  /** Ends a running search within one chunk of tries. Nothing is sealed afterwards. */
  close(): Promise<void>;
}

/**
 * Verifies the stored chain (or founds one) and puts the ledger together on it.
 * @throws CodedError `chain.corrupt`, `operator-key.mismatch`
 */
export async function openLedger(options: LedgerOptions, operator: Signer, tools: LedgerTools): Promise<OpenLedger> {
  const { database, store, clock, randomness, timer } = tools;
  const miner = new SearchPool({ threads: options.minerThreads });
  const clocks = {
    nowMs: () => clock.nowMs(),
    monotonicMs: () => clock.monotonicMs(),
    randomBytes: (length: number) => randomness.bytes(length),
  };
  const startedMs = clock.monotonicMs();
  const state = await bootChain(options, operator, { database, store, miner, clock, randomness }).catch(async (error: unknown) => {
    await miner.close();
    throw error;
  });
  const { height, treeSize, blockHash } = state.head;
  const seconds = ((clock.monotonicMs() - startedMs) / 1000).toFixed(1);
  log.log(`Verified ${height + 1} blocks and ${treeSize} leaves in ${seconds} s; the head is ${blockHash}, ${state.pool.length} leaves wait`);
  const writer = new ChainWriter(state, database, store);
  const sealing = new BlockSealing(writer, store, tools);
  const sealer = new Sealer<BlockTemplate>(sealing, (template, signal) => miner.search(template, { signal, ...clocks }), timer);
  let isStarted = false;
  const service = new LedgerService(writer, store, operator, clock, () => {
    if (isStarted) sealer.consider();
  });
  let stopFollowing: (() => void) | undefined;
  return {
    service,
    start: () => {
      isStarted = true;
      sealer.consider();
      if (options.followMs !== undefined) stopFollowing = followOthers(service, timer, options.followMs);
    },
    close: async () => {
      stopFollowing?.();
      await sealer.stop();
      await miner.close();
    },
  };
}

/** A write without content reads what other coordinators committed. */
function followOthers(service: LedgerService, timer: Timer, everyMs: number): () => void {
  let cancel: () => void;
  let isStopped = false;
  const wait = () => {
    if (!isStopped) cancel = timer.after(everyMs, look);
  };
  const look = () => {
    service.write(async () => undefined).then(wait, (error: unknown) => {
      log.warn(`Other coordinators' blocks could not be read: ${String(error)}`);
      wait();
    });
  };
  wait();
  return () => {
    isStopped = true;
    cancel();
  };
}
