import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';
import type { Config } from './config/config.js';
import { HomeLock } from './config/home-lock.js';
import { ServerAddress } from './config/server-address.js';
import { HttpEdge } from './http-edge.js';
import { CodedError } from './observability/coded-error.js';
import type { JsonLogger } from './observability/logger.js';

export interface Coordinator {
  /** Where this machine reaches it. */
  readonly url: string;
  /** Ends what is under way: HTTP and sockets, then the queue, the search for a block, and the database last. */
  close(): Promise<void>;
}

/**
 * Starts a coordinator on its home and listens.
 * @throws CodedError `home.in-use`, `port.in-use`, `port.unavailable`, `database.*`
 */
export async function serve(config: Config, logger: JsonLogger): Promise<Coordinator> {
  const lock = HomeLock.acquire(config.home, Date.now());
  try {
    await requireFreePort(config.http);
    const app = await NestFactory.create<NestExpressApplication>(AppModule.forRoot(config), {
      logger, bodyParser: false, abortOnError: false,
    });
    const edge = new HttpEdge(app, logger);
    const url = await listen(app, config.http).catch(async (error: unknown) => {
      await app.close();
      throw error;
    });
    lock.announce(url);
    const close = async () => {
      await edge.close();
      // Nest ends the rooms in the reverse of the order in which app.module.ts names them.
      await app.close();
      lock.release();
    };
    let closed: Promise<void> | undefined;
    return { url, close: () => (closed ??= close()) };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** @returns the local URL; the address becomes known to whoever injects ServerAddress. */
export async function listen(app: NestExpressApplication, { host, port }: Config['http']): Promise<string> {
  await app.init();
  await app.listen(port, host).catch((cause: NodeJS.ErrnoException) => {
    throw refusedPort(host, port, cause);
  });
  const address = app.get(ServerAddress);
  address.listensOn(host, (app.getHttpServer().address() as AddressInfo).port);
  return address.localUrl;
}

/** Asked before the database is started: a port in use is the commonest mistake and should be said at once. */
async function requireFreePort({ host, port }: Config['http']): Promise<void> {
  if (port === 0) return;
  await new Promise<void>((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (cause: NodeJS.ErrnoException) => reject(refusedPort(host, port, cause)));
    probe.listen({ host, port, exclusive: true }, () => probe.close(() => resolve()));
  });
}

function refusedPort(host: string, port: number, cause: NodeJS.ErrnoException): CodedError {
  if (cause.code === 'EADDRINUSE') {
    return new CodedError('port.in-use', `Port ${port} of ${host} is in use by another program; stop that one, or set FEDSEAL_PORT to a free port.`, { cause });
  }
  return new CodedError('port.unavailable', `The coordinator cannot listen on ${host}, port ${port} (${cause.code ?? cause.message}); set FEDSEAL_HOST to an address of this machine and FEDSEAL_PORT to a port it may use.`, { cause });
}
