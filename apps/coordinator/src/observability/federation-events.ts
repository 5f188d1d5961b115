import { EventEmitter } from 'node:events';
import { Injectable } from '@nestjs/common';
import type { AnyDashboardEvent } from '@fedseal/protocol/dashboard-events';

/** In-process announcements of what became durable. Listeners must not throw; they never delay the publisher. */
@Injectable()
export class FederationEvents {
  private readonly emitter = new EventEmitter().setMaxListeners(0);

  publish(event: AnyDashboardEvent): void {
    this.emitter.emit('event', event);
  }

  /** @returns a function that stops listening. */
  listen(listener: (event: AnyDashboardEvent) => void): () => void {
    this.emitter.on('event', listener);
    return () => this.emitter.off('event', listener);
  }
}
