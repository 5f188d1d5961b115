import { Injectable, Logger } from '@nestjs/common';
import { WORKER_EVENTS } from '@fedseal/protocol/worker-messages';
import { FederationEvents } from '../../observability/federation-events.js';
import type { OnlineWorker } from '../worker-channel.js';
import type { WorkerSocket } from './socket-types.js';

/** Who is connected: one live socket for each key. */
@Injectable()
export class LiveWorkers {
  private readonly logger = new Logger('Workers');
  private readonly sockets = new Map<string, WorkerSocket>();

  constructor(private readonly events: FederationEvents) {}

  /** A newer socket replaces an older one of the same key: it is the one that still has a reader. */
  begin(socket: WorkerSocket): void {
    const { worker } = socket.data;
    const older = this.sockets.get(worker.keyId);
    this.sockets.set(worker.keyId, socket);
    if (older !== undefined) {
      older.emit(WORKER_EVENTS.replaced, { message: 'This key connected again; the older connection ends.' });
      older.disconnect(true);
    }
    const how = older === undefined ? 'is online' : 'came back over a new connection';
    this.logger.log(`${worker.name} (${worker.role}) ${how}`, { contributor: worker.keyId });
    if (older === undefined) this.announce(socket);
  }

  /** A connected worker said what it trains with. */
  describe(keyId: string, backend: string): void {
    const socket = this.sockets.get(keyId);
    if (socket === undefined || socket.data.backend === backend) return;
    socket.data.backend = backend;
    this.announce(socket);
  }

  /** A socket that was replaced before ends without a trace. */
  end(socket: WorkerSocket): void {
    const { keyId: contributor, name } = socket.data.worker;
    if (this.sockets.get(contributor) !== socket) return;
    this.sockets.delete(contributor);
    this.logger.log(`${name} is offline`, { contributor });
    this.events.publish({ name: 'worker.offline.v1', data: { contributor, name } });
  }

  socket(keyId: string): WorkerSocket | undefined {
    return this.sockets.get(keyId);
  }

  isCurrent(socket: WorkerSocket): boolean {
    return this.sockets.get(socket.data.worker.keyId) === socket;
  }

  list(): OnlineWorker[] {
    return [...this.sockets.values()].map((socket) => socket.data.worker);
  }

  private announce(socket: WorkerSocket): void {
    const { worker, backend } = socket.data;
    const { keyId: contributor, name, role } = worker;
    this.events.publish({ name: 'worker.online.v1', data: { contributor, name, role, ...(backend === undefined ? {} : { backend }) } });
  }
}

/** The trainer's backend that a stored resource.register payload names. */
export function backendOf(resource: Record<string, unknown> | null): string | undefined {
  const backend = resource?.['backend'];
  return typeof backend === 'string' ? backend : undefined;
}
