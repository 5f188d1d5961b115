import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { BeforeApplicationShutdown, DynamicModule, OnModuleDestroy } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { ConfigModule } from '../config/config.module.js';
import { parseConfig } from '../config/config.js';
import { Clock, SystemClock } from '../observability/clock.js';
import { Queue } from '../queue/queue.js';
import { QueueModule } from '../queue/queue.module.js';
import { readPostmaster } from './embedded/postmaster-file.js';
import { openStorage } from './open-storage.js';
import { BlobStore } from './ports/blob.store.js';
import { ContributorStore } from './ports/contributor.store.js';
import { LedgerStore } from './ports/ledger.store.js';
import { OutboxStore } from './ports/outbox.store.js';
import { RoundStore } from './ports/round.store.js';
import { RunStore } from './ports/run.store.js';
import { Database } from './ports/transaction.js';
import { UploadStore } from './ports/upload.store.js';
import { StorageModule } from './storage.module.js';
import { temporaryHome } from './testing/test-cluster.testing.js';
import { createTestDatabase } from './testing/test-database.testing.js';

const seen: string[] = [];

/** A room that uses the database in every phase of its end. */
class Room implements OnModuleDestroy, BeforeApplicationShutdown {
  constructor(
    private readonly database: Database,
    private readonly queue: Queue,
  ) {}

  async onModuleDestroy(): Promise<void> {
    await this.database.ping();
    seen.push('destroy: database answers');
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.database.ping();
    seen.push('before shutdown: database answers');
    await this.queue.ping().catch(() => seen.push('before shutdown: queue has stopped'));
  }
}

class RoomModule {}

const room: DynamicModule = {
  module: RoomModule,
  providers: [{ provide: Room, useFactory: (database: Database, queue: Queue) => new Room(database, queue), inject: [Database, Queue] }],
};
const clock: DynamicModule = { module: class ClockModule {}, global: true, providers: [{ provide: Clock, useClass: SystemClock }], exports: [Clock] };

const modules = async (env: NodeJS.ProcessEnv) => {
  const imports = [ConfigModule.forRoot(parseConfig(env)), clock, StorageModule, QueueModule, room];
  return (await Test.createTestingModule({ imports }).compile()).createNestApplication({ logger: false });
};

describe('StorageModule', () => {
  const homes: string[] = [];
  afterEach(() => {
    for (const home of homes.splice(0)) rmSync(home, { recursive: true, force: true });
  });
  const newHome = () => {
    homes.push(temporaryHome());
    return homes.at(-1)!;
  };

  it('opens the embedded database under the home, gives every port, and closes last', async () => {
    const home = newHome();
    const app = await modules({ FEDSEAL_HOME: home });
    await app.init();
    for (const port of [Database, BlobStore, LedgerStore, RunStore, RoundStore, ContributorStore, OutboxStore, UploadStore]) {
      expect(app.get(port as typeof Database)).toBeInstanceOf(port);
    }
    const { sha256 } = await app.get(BlobStore).put(Buffer.from('kept'));
    // Export and audit open the same home beside the coordinator.
    const beside = await openStorage({ home, databaseUrl: undefined });
    expect(Buffer.from(await beside.blobs.get(sha256)).toString()).toBe('kept');
    await beside.close();
    await app.close();
    expect(seen).toEqual(['destroy: database answers', 'before shutdown: database answers', 'before shutdown: queue has stopped']);
    expect(readPostmaster(join(home, 'postgres', 'data'))).toBeUndefined();
    // And what was written is there for the next.
    const next = await openStorage({ home, databaseUrl: undefined });
    expect(await next.blobs.stat(sha256)).toEqual({ sha256, bytes: 4 });
    await next.close();
  });

  it('uses the database that the configuration names', async () => {
    const database = await createTestDatabase();
    const app = await modules({ DATABASE_URL: database.url, FEDSEAL_HOME: '/nonexistent' });
    await app.init();
    await app.get(Database).ping();
    await app.close();
    await database.drop();
  });

  it('says what to do about a database that cannot be used', async () => {
    const database = await createTestDatabase();
    const wrong = new URL(database.url);
    wrong.password = 'guess';
    await expect(openStorage({ home: '', databaseUrl: wrong.href })).rejects.toMatchObject({ code: 'database.unavailable', message: expect.stringContaining('DATABASE_URL') });
    await expect(openStorage({ home: '', databaseUrl: wrong.href })).rejects.not.toMatchObject({ message: expect.stringContaining('guess') });
    await database.drop();
  });
});
