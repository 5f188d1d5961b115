import { rmSync } from 'node:fs';
import { Test } from '@nestjs/testing';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';
import type { Config } from './config/config.js';
import { HttpEdge } from './http-edge.js';
import { Clock, SystemClock } from './observability/clock.js';
import { JsonLogger } from './observability/logger.js';
import { listen } from './serve.js';
import { temporaryHome } from './storage/testing/test-cluster.testing.js';
import { createTestDatabase } from './storage/testing/test-database.testing.js';

/** A clock that tests can set forward. */
export class ShiftedClock extends Clock {
  private readonly system = new SystemClock();
  private shiftMs = 0;

  forward(ms: number): void {
    this.shiftMs += ms;
  }

  override nowMs(): number {
    return this.system.nowMs() + this.shiftMs;
  }

  override monotonicMs(): number {
    return this.system.monotonicMs() + this.shiftMs;
  }
}

export interface TestCoordinator {
  readonly app: NestExpressApplication;
  readonly url: string;
  readonly home: string;
  readonly clock: ShiftedClock;
  /** Every log line so far, down to trace. */
  readonly log: readonly string[];
  close(): Promise<void>;
}

/** The whole coordinator on a database and a home of its own, in this process. */
export async function startTestCoordinator(change: (config: Config) => Config = (config) => config): Promise<TestCoordinator> {
  const database = await createTestDatabase();
  const home = temporaryHome();
  const clock = new ShiftedClock();
  const log: string[] = [];
  const logger = new JsonLogger('trace', { write: (line) => void log.push(line) });
  const config = change({
    home,
    http: { host: '127.0.0.1', port: 0, publicUrl: undefined },
    federation: { name: 'Test federation' },
    log: { level: 'trace' },
    miner: { threads: 1 },
    limits: { maxUpdateBytes: 4 * 1024 * 1024, updateMemoryBytes: 16 * 1024 * 1024 },
    databaseUrl: database.url,
    redisUrl: undefined,
    crashAt: undefined,
  });
  const module = await Test.createTestingModule({ imports: [AppModule.forRoot(config)] })
    .setLogger(logger)
    .overrideProvider(Clock)
    .useValue(clock)
    .compile();
  const app = module.createNestApplication<NestExpressApplication>({ bodyParser: false });
  app.useLogger(logger);
  const edge = new HttpEdge(app, logger);
  const url = await listen(app, config.http);
  return {
    app, url, home, clock, log,
    close: async () => {
      await edge.close();
      await app.close();
      await database.drop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}
