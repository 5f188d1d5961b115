import { DynamicModule, Module } from '@nestjs/common';
import type { Config } from './config/config.js';
import { ConfigModule } from './config/config.module.js';
import { ContributorsModule } from './contributors/contributors.module.js';
import { DashboardModule } from './dashboard/dashboard.module.js';
import { LedgerModule } from './ledger/ledger.module.js';
import { ObservabilityModule } from './observability/observability.module.js';
import { QueueModule } from './queue/queue.module.js';
import { RoundsModule } from './rounds/rounds.module.js';
import { RunsModule } from './runs/runs.module.js';
import { StorageModule } from './storage/storage.module.js';

/**
 * The coordinator's rooms. The order matters at the end: Nest closes them in reverse, so that work stops (runs, rounds,
 * sockets, then the queue, then the search for blocks) before the database goes.
 */
@Module({})
export class AppModule {
  static forRoot(config: Config): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.forRoot(config),
        ObservabilityModule,
        StorageModule,
        LedgerModule,
        QueueModule,
        ContributorsModule,
        RoundsModule,
        RunsModule,
        DashboardModule,
      ],
    };
  }
}
