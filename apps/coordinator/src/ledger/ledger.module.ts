import { Global, Inject, Injectable, Module } from '@nestjs/common';
import type { OnApplicationBootstrap, OnModuleDestroy, Provider } from '@nestjs/common';
import { CONFIG } from '../config/config.js';
import type { Config } from '../config/config.js';
import { Clock } from '../observability/clock.js';
import { CrashPoints } from '../observability/crash-points.js';
import { FederationEvents } from '../observability/federation-events.js';
import { Randomness } from '../observability/randomness.js';
import { LedgerStore } from '../storage/ports/ledger.store.js';
import { Database } from '../storage/ports/transaction.js';
import { ChainReader } from './chain-reader.js';
import { Checkpoints } from './checkpoints.js';
import { originFromUrl } from './genesis.js';
import { BlocksController } from './http/blocks.controller.js';
import { FederationController } from './http/federation.controller.js';
import { LeavesController } from './http/leaves.controller.js';
import { TilesController } from './http/tiles.controller.js';
import { PROOF_OF_WORK } from './ledger-options.js';
import type { LedgerOptions } from './ledger-options.js';
import { Ledger } from './ledger.js';
import { LedgerService } from './ledger.service.js';
import { openLedger } from './open-ledger.js';
import type { LedgerTools, OpenLedger } from './open-ledger.js';
import { loadOperatorKey } from './operator-key.js';
import { ReceiptReader } from './receipt-reader.js';
import { TileReader } from './tile-reader.js';
import { SystemTimer, Timer } from './timer.js';

const OPEN_LEDGER = Symbol('OpenLedger');
const FOLLOW_MS = 2_000;

/** Seals from the moment every room is ready until the coordinator begins to stop. */
@Injectable()
class LedgerLifecycle implements OnApplicationBootstrap, OnModuleDestroy {
  constructor(@Inject(OPEN_LEDGER) private readonly ledger: OpenLedger) {}

  onApplicationBootstrap(): void {
    this.ledger.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.ledger.close();
  }
}

const opened: Provider = {
  provide: OPEN_LEDGER,
  inject: [CONFIG, Database, LedgerStore, Clock, Timer, Randomness, FederationEvents, CrashPoints],
  useFactory: async (config: Config, ...tools: ToolList) => {
    const [database, store, clock, timer, randomness, events, crash] = tools;
    const operator = await loadOperatorKey(config.home, (length) => randomness.bytes(length));
    return openLedger(optionsFrom(config), operator, { database, store, clock, timer, randomness, events, crash });
  },
};

type ToolList = [
  LedgerTools['database'], LedgerTools['store'], LedgerTools['clock'], LedgerTools['timer'],
  LedgerTools['randomness'], LedgerTools['events'], LedgerTools['crash'],
];

function optionsFrom(config: Config): LedgerOptions {
  return {
    name: config.federation.name,
    origin: originFromUrl(config.http.publicUrl),
    minerThreads: config.miner.threads,
    // Only a database of its own can have other coordinators on it.
    followMs: config.databaseUrl === undefined ? undefined : FOLLOW_MS,
    proofOfWork: PROOF_OF_WORK,
  };
}

/** The chain: what is accepted, sealed and served of it. */
@Global()
@Module({
  controllers: [FederationController, BlocksController, LeavesController, TilesController],
  providers: [
    { provide: Timer, useClass: SystemTimer },
    opened,
    LedgerLifecycle,
    { provide: LedgerService, inject: [OPEN_LEDGER], useFactory: ({ service }: OpenLedger) => service },
    { provide: Ledger, useExisting: LedgerService },
    ChainReader,
    Checkpoints,
    ReceiptReader,
    TileReader,
  ],
  exports: [Ledger, ChainReader, ReceiptReader],
})
export class LedgerModule {}
