import { Global, Inject, Injectable, Logger, Module, type OnApplicationShutdown, type Provider } from '@nestjs/common';
import { CONFIG, type Config } from '../config/config.js';
import { openStorage, type Storage } from './open-storage.js';
import { BlobStore } from './ports/blob.store.js';
import { ContributorStore } from './ports/contributor.store.js';
import { LedgerStore } from './ports/ledger.store.js';
import { OutboxStore } from './ports/outbox.store.js';
import { RoundStore } from './ports/round.store.js';
import { RunStore } from './ports/run.store.js';
import { UploadStore } from './ports/upload.store.js';
import { Database } from './ports/transaction.js';
import type { StorageLog } from './storage-log.js';
import { ReceivedUpdates } from './received/received-updates.js';
import { StorageConnection } from './storage-connection.js';

const logger = new Logger('Storage');
const log: StorageLog = (level, message, detail) => logger[level === 'info' ? 'log' : level](message, ...(detail === undefined ? [] : [detail]));

const STORAGE = Symbol('Storage');

/**
 * Closes storage in the last of Nest's shutdown phases: queues and the miner end in `onModuleDestroy` or
 * `beforeApplicationShutdown`, servers and sockets after those, the database after everything.
 */
@Injectable()
class StorageLifecycle implements OnApplicationShutdown {
  constructor(@Inject(STORAGE) private readonly storage: Storage) {}

  async onApplicationShutdown(): Promise<void> {
    await this.storage.close();
  }
}

function store<K extends keyof Storage>(token: abstract new () => Storage[K], key: K): Provider {
  return { provide: token, useFactory: (storage: Storage) => storage[key], inject: [STORAGE] };
}

const stores: Provider[] = [
  store(Database, 'database'),
  store(BlobStore, 'blobs'),
  store(LedgerStore, 'ledger'),
  store(RunStore, 'runs'),
  store(RoundStore, 'rounds'),
  store(ContributorStore, 'contributors'),
  store(OutboxStore, 'outbox'),
  store(UploadStore, 'uploads'),
];

/** Every storage port, on the database that the configuration names or the embedded one. */
@Global()
@Module({
  providers: [
    {
      provide: STORAGE,
      useFactory: (config: Config) => openStorage(config, log),
      inject: [CONFIG],
    },
    StorageLifecycle,
    { provide: StorageConnection, useFactory: (storage: Storage) => new StorageConnection(storage.url, log), inject: [STORAGE] },
    { provide: ReceivedUpdates, useFactory: ({ limits }: Config) => new ReceivedUpdates(limits.updateMemoryBytes), inject: [CONFIG] },
    ...stores,
  ],
  exports: [StorageConnection, ReceivedUpdates, Database, BlobStore, LedgerStore, RunStore, RoundStore, ContributorStore, OutboxStore, UploadStore],
})
export class StorageModule {}
