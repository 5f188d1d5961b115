import { INestApplication } from '@nestjs/common';
import { IoAdapter } from '@nestjs/platform-socket.io';
import type { Server, ServerOptions } from 'socket.io';

/** Bytes of one message: a leaf of at most 65,535 bytes in base64url with its frame; models travel over HTTP. */
export const MAX_MESSAGE_BYTES = 128 * 1024;

/** socket.io with the limits of this coordinator. */
export class SocketAdapter extends IoAdapter {
  private readonly servers: Server[] = [];

  constructor(app: INestApplication) {
    super(app);
  }

  /** Ends the HTTP server they share, too. Clients see a broken transport, so they try again by themselves. */
  async closeAll(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.close()));
  }

  override createIOServer(port: number, options?: ServerOptions): Server {
    const server = super.createIOServer(port, {
      ...options,
      maxHttpBufferSize: MAX_MESSAGE_BYTES,
      // The page of the dashboard bundles its own client.
      serveClient: false,
      // A worker that trains on all of its cores may answer late.
      pingInterval: 20_000,
      pingTimeout: 30_000,
      connectTimeout: 15_000,
    } as ServerOptions) as Server;
    this.servers.push(server);
    return server;
  }
}
