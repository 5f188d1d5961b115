import { createServer, type Socket } from 'node:net';
import type { TestProject } from 'vitest/node';
import { TestCluster } from './test-cluster.testing.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Loopback port of the process that makes databases for test files. */
    testDatabasePort: number;
  }
}

/**
 * One Postgres cluster for a whole test run, started when the first test file asks for a database and stopped at the
 * end. Test files run in processes of their own, so they ask over a socket; what a file still has when its connection
 * closes is dropped.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  let cluster: Promise<TestCluster> | undefined;
  let queue: Promise<unknown> = Promise.resolve();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let name: string | undefined;
    // One after the other: a template cannot be copied while another copy begins.
    queue = queue.then(async () => {
      try {
        const made = await (await (cluster ??= TestCluster.start())).create();
        name = made.name;
        socket.write(`${JSON.stringify({ url: made.url })}\n`);
      } catch (error) {
        socket.end(`${JSON.stringify({ error: String(error) })}\n`);
      }
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      sockets.delete(socket);
      queue = queue.then(async () => {
        if (name !== undefined) await (await cluster!).drop(name);
      }).catch(() => undefined);
    });
  });
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : 0);
    });
  });
  project.provide('testDatabasePort', port);
  return async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await queue;
    await (await cluster)?.stop();
  };
}
