import { Injectable } from '@nestjs/common';
import { WorkerChannel } from '../contributors/worker-channel.js';
import { FederationEvents } from '../observability/federation-events.js';

/** Everything that may let a waiting round open. */
@Injectable()
export class RunWakers {
  constructor(
    private readonly channel: WorkerChannel,
    private readonly events: FederationEvents,
  ) {}

  listen(wake: () => void): void {
    this.channel.onOnline(wake);
    this.events.listen((event) => {
      if (event.name === 'block.sealed.v1') wake();
    });
  }
}
