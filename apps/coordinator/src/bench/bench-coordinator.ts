import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from '../app.module.js';
import type { Config } from '../config/config.js';
import { HttpEdge } from '../http-edge.js';
import { JsonLogger } from '../observability/logger.js';
import { listen } from '../serve.js';

/** A whole coordinator in this process, on the embedded database and a loopback port. */
export interface BenchCoordinator {
  readonly app: NestExpressApplication;
  readonly url: string;
  /** The operator's token. */
  readonly token: string;
  /** Ends it, its database too, and removes its home. */
  close(): Promise<void>;
}

export async function startBenchCoordinator(): Promise<BenchCoordinator> {
  const home = mkdtempSync(join(tmpdir(), 'fedseal-bench-'));
  // Where root starts it, Postgres runs under an account that must be able to enter.
  chmodSync(home, 0o755);
  const config: Config = {
    home,
    http: { host: '127.0.0.1', port: 0, publicUrl: undefined },
    federation: { name: 'Benchmark' },
    log: { level: 'warn' },
    miner: { threads: 1 },
    limits: { maxUpdateBytes: 64 * 1024 * 1024, updateMemoryBytes: 256 * 1024 * 1024 },
    databaseUrl: undefined,
    redisUrl: undefined,
    crashAt: undefined,
  };
  const logger = new JsonLogger(config.log.level);
  const removeHome = () => rmSync(home, { recursive: true, force: true });
  try {
    const app = await NestFactory.create<NestExpressApplication>(AppModule.forRoot(config), { logger, bodyParser: false, abortOnError: false });
    const edge = new HttpEdge(app, logger);
    const url = await listen(app, config.http).catch(async (error: unknown) => {
      await app.close();
      throw error;
    });
    const close = async () => {
      await edge.close();
      await app.close();
      removeHome();
    };
    let closed: Promise<void> | undefined;
    return { app, url, token: readFileSync(join(home, 'operator.token'), 'utf8').trim(), close: () => (closed ??= close()) };
  } catch (error) {
    removeHome();
    throw error;
  }
}
