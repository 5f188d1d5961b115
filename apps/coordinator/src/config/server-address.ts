import { networkInterfaces } from 'node:os';

/** The URL this coordinator is reached by: configured, or known once it listens. It is the server's name in handshakes. */
export class ServerAddress {
  private listening: string | undefined;

  constructor(private readonly publicUrl: string | undefined) {}

  /** Called once, when the socket is bound: the port may have been 0 until then. */
  listensOn(host: string, port: number): void {
    this.listening = urlOf(host, port);
  }

  /** Without a trailing slash. @throws Error before the server listens when no public URL is configured. */
  get url(): string {
    const url = this.publicUrl ?? this.listening;
    if (url === undefined) throw new Error('The server has no address before it listens.');
    return url.replace(/\/+$/, '');
  }

  /** Whether the operator named the URL, so that no guess may replace it. */
  get isConfigured(): boolean {
    return this.publicUrl !== undefined;
  }

  /** Where a process on this machine reaches the server, whatever name the world knows it by. */
  get localUrl(): string {
    return this.listening ?? this.url;
  }
}

/** A wildcard address names no host, so loopback stands for it. */
function urlOf(host: string, port: number): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? loopbackOfWildcard6() : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}

/** `::` accepts IPv4 too, and a machine may have no IPv6 loopback. */
function loopbackOfWildcard6(): string {
  const has6 = Object.values(networkInterfaces()).some((list) => list?.some((one) => one.address === '::1'));
  return has6 ? '::1' : '127.0.0.1';
}
