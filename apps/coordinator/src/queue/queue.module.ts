import { Global, Injectable, Logger, Module, type OnModuleDestroy } from '@nestjs/common';
import { CONFIG, type Config } from '../config/config.js';
import { Clock } from '../observability/clock.js';
import { StorageConnection } from '../storage/storage-connection.js';
import { BullQueue } from './bull.queue.js';
import { GraphileQueue } from './graphile.queue.js';
import type { QueueLog } from './job-runner.js';
import { Queue } from './queue.js';

/** Queues stop in the first of Nest's shutdown phases: what runs may still use sockets and the database. */
@Injectable()
class QueueLifecycle implements OnModuleDestroy {
  constructor(private readonly queue: Queue) {}

  async onModuleDestroy(): Promise<void> {
    await this.queue.stop();
  }
}

function createQueue(config: Config, connection: StorageConnection, clock: Clock): Queue {
  const logger = new Logger('Queue');
  const log: QueueLog = (level, message, detail) => logger[level === 'info' ? 'log' : level](message, ...(detail === undefined ? [] : [detail]));
  const options = { log, nowMs: () => clock.nowMs() };
  return config.redisUrl === undefined ? new GraphileQueue(connection, options) : new BullQueue(config.redisUrl, options);
}

/** Jobs in Redis where the configuration names one, else in the database. */
@Global()
@Module({
  providers: [{ provide: Queue, useFactory: createQueue, inject: [CONFIG, StorageConnection, Clock] }, QueueLifecycle],
  exports: [Queue],
})
export class QueueModule {}
