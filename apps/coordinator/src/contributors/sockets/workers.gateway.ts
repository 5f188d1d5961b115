import { Logger, UseFilters } from '@nestjs/common';
import {
  ConnectedSocket, MessageBody, OnGatewayConnection, OnGatewayDisconnect, OnGatewayInit, SubscribeMessage, WebSocketGateway,
} from '@nestjs/websockets';
import type { z } from 'zod';
import { fromBase64url } from '@fedseal/chain/bytes';
import { WORKER_EVENTS, leafSubmission, workerProgress, type Ack } from '@fedseal/protocol/worker-messages';
import { AckFilter } from '../../observability/ack.filter.js';
import { CodedError } from '../../observability/coded-error.js';
import { FederationEvents } from '../../observability/federation-events.js';
import { Metrics } from '../../observability/metrics.js';
import { ZodPipe } from '../../observability/zod.pipe.js';
import { Admission } from '../access/admission.js';
import { LiveWorkers, backendOf } from './live-workers.js';
import { refuseUnknownEvents, socketHandshake } from './socket-handshake.js';
import type { WorkerNamespace, WorkerSocket } from './socket-types.js';
import { WorkerChannelService } from './worker-channel.service.js';

const INCOMING = [WORKER_EVENTS.progress, WORKER_EVENTS.submit];

/** The authenticated namespace of workers: parses, maps, and leaves the rest to the channel. */
@UseFilters(AckFilter)
@WebSocketGateway({ namespace: '/workers' })
export class WorkersGateway implements OnGatewayInit<WorkerNamespace>, OnGatewayConnection<WorkerSocket>, OnGatewayDisconnect<WorkerSocket> {
  private readonly logger = new Logger('Workers');

  constructor(
    private readonly admission: Admission,
    private readonly live: LiveWorkers,
    private readonly channel: WorkerChannelService,
    private readonly events: FederationEvents,
    private readonly metrics: Metrics,
  ) {}

  afterInit(namespace: WorkerNamespace): void {
    namespace.use(
      socketHandshake<WorkerSocket>(
        async (socket, { token }) => {
          if (token === undefined) {
            throw new CodedError('auth.required', 'Connect with the token of POST /v1/session.');
          }
          const { keyId, name, role, resource } = await this.admission.admit(token);
          socket.data.worker = { keyId, name, role };
          socket.data.backend = backendOf(resource);
        },
        (error) => this.logger.error(error),
      ),
    );
  }

  handleConnection(socket: WorkerSocket): void {
    refuseUnknownEvents(socket, INCOMING);
    this.metrics.socketOpened('workers');
    this.live.begin(socket);
    this.channel.announceOnline(socket.data.worker);
  }

  handleDisconnect(socket: WorkerSocket): void {
    this.metrics.socketClosed('workers');
    this.live.end(socket);
  }

  @SubscribeMessage(WORKER_EVENTS.submit)
  submit(
    @ConnectedSocket() socket: WorkerSocket,
    @MessageBody(new ZodPipe(leafSubmission)) submission: z.output<typeof leafSubmission>,
  ): Promise<Ack> {
    return this.channel.submit(socket.data.worker.keyId, fromBase64url(submission.leaf));
  }

  @SubscribeMessage(WORKER_EVENTS.progress)
  progress(
    @ConnectedSocket() socket: WorkerSocket,
    @MessageBody(new ZodPipe(workerProgress)) progress: z.output<typeof workerProgress>,
  ): Ack {
    const { worker } = socket.data;
    if (this.live.isCurrent(socket)) {
      this.events.publish({ name: 'worker.progress.v1', data: { contributor: worker.keyId, name: worker.name, ...progress } });
      this.channel.announceProgress(worker, progress);
    }
    return { ok: true };
  }
}
