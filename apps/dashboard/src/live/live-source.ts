import { io, type Socket } from 'socket.io-client';
import { dashboardEvents, type AnyDashboardEvent, type DashboardEventName } from '@fedseal/protocol/dashboard-events';
import { PROTOCOL_VERSION } from '@fedseal/protocol/version';
import { START, reduceLive, type LiveState } from './live-state.js';

interface Listener {
  /** Every event that passed its schema. */
  onEvent(event: AnyDashboardEvent): void;
  /** A snapshot that follows a gap: whatever was read before may be stale. */
  onCaughtUp(): void;
}

/** Told of at most once a frame: a thousand workers report more often than a screen is drawn. */
export class LiveSource {
  #state: LiveState = START;
  #shown: LiveState = START;
  #frame: number | undefined;
  #snapshots = 0;
  readonly #subscribers = new Set<() => void>();
  readonly #socket: Socket;

  constructor(listener: Listener) {
    this.#socket = io('/dashboard', { auth: { protocol: PROTOCOL_VERSION }, reconnectionDelay: 300, reconnectionDelayMax: 3000 });
    for (const name of Object.keys(dashboardEvents) as DashboardEventName[]) {
      this.#socket.on(name, (data: unknown) => {
        const parsed = dashboardEvents[name].safeParse(data);
        if (parsed.success) this.#take({ name, data: parsed.data } as AnyDashboardEvent, listener);
      });
    }
    this.#socket.on('disconnect', (reason) => {
      this.#set({ ...this.#state, connection: 'lost' });
      // The server ended it (it could not read a snapshot); the client library leaves coming back to us then.
      if (reason === 'io server disconnect') this.#socket.connect();
    });
    this.#socket.on('connect_error', (error: Error & { data?: { code?: string } }) => {
      this.#set({ ...this.#state, connection: error.data?.code === undefined ? 'lost' : 'refused', refusal: error.data?.code === undefined ? undefined : error.message });
    });
  }

  get = (): LiveState => this.#shown;

  subscribe = (notify: () => void): (() => void) => {
    this.#subscribers.add(notify);
    return () => this.#subscribers.delete(notify);
  };

  close(): void {
    this.#socket.close();
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
  }

  #take(event: AnyDashboardEvent, listener: Listener): void {
    this.#set(reduceLive(this.#state, event));
    listener.onEvent(event);
    if (event.name === 'snapshot.v1' && ++this.#snapshots > 1) listener.onCaughtUp();
  }

  #set(state: LiveState): void {
    this.#state = state;
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined;
      this.#shown = this.#state;
      for (const notify of this.#subscribers) notify();
    });
  }
}
