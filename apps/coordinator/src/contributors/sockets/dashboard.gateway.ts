import { Logger, OnModuleDestroy, UseFilters } from '@nestjs/common';
import { OnGatewayConnection, OnGatewayDisconnect, OnGatewayInit, WebSocketGateway } from '@nestjs/websockets';
import type { AnyDashboardEvent } from '@fedseal/protocol/dashboard-events';
import { AckFilter } from '../../observability/ack.filter.js';
import { FederationEvents } from '../../observability/federation-events.js';
import { Metrics } from '../../observability/metrics.js';
import { SnapshotSource } from './snapshot-source.js';
import { refuseUnknownEvents, socketHandshake } from './socket-handshake.js';
import type { DashboardNamespace, DashboardSocket } from './socket-types.js';

/** More than this while one snapshot is read means that the reader cannot keep up. */
const MOST_HELD_EVENTS = 10_000;

/** The read-only namespace: a snapshot first, then every event of the federation, in order and without a gap. */
@UseFilters(AckFilter)
@WebSocketGateway({ namespace: '/dashboard' })
export class DashboardGateway
  implements OnGatewayInit<DashboardNamespace>, OnGatewayConnection<DashboardSocket>, OnGatewayDisconnect<DashboardSocket>, OnModuleDestroy
{
  private readonly logger = new Logger('Dashboard');
  private readonly listening = new Map<DashboardSocket, () => void>();

  constructor(
    private readonly events: FederationEvents,
    private readonly snapshots: SnapshotSource,
    private readonly metrics: Metrics,
  ) {}

  afterInit(namespace: DashboardNamespace): void {
    namespace.use(socketHandshake<DashboardSocket>(async () => undefined, (error) => this.logger.error(error)));
  }

  async handleConnection(socket: DashboardSocket): Promise<void> {
    refuseUnknownEvents(socket, []);
    this.metrics.socketOpened('dashboard');
    // Listens before it reads, so that nothing falls between the snapshot and the first event.
    let held: AnyDashboardEvent[] | undefined = [];
    const stop = this.events.listen((event) => {
      if (held === undefined) send(socket, event);
      else if (held.length < MOST_HELD_EVENTS) held.push(event);
      else socket.disconnect(true);
    });
    this.listening.set(socket, stop);
    try {
      send(socket, { name: 'snapshot.v1', data: await this.snapshots.read() });
    } catch (error) {
      this.logger.error(error);
      // Its client connects again and may find the database back.
      socket.disconnect(true);
      return;
    }
    for (const event of held) send(socket, event);
    held = undefined;
  }

  handleDisconnect(socket: DashboardSocket): void {
    this.metrics.socketClosed('dashboard');
    this.listening.get(socket)?.();
    this.listening.delete(socket);
  }

  onModuleDestroy(): void {
    for (const stop of this.listening.values()) stop();
    this.listening.clear();
  }
}

/** Progress may be dropped for a reader that lags; what became durable may not. */
function send(socket: DashboardSocket, event: AnyDashboardEvent): void {
  if (event.name === 'worker.progress.v1') socket.volatile.emit(event.name, event.data);
  else socket.emit(event.name, event.data);
}
