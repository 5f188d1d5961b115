import { toBase64url } from '@fedseal/chain/bytes';
import { ack, WORKER_EVENTS, type Ack, type WorkerProgress } from '@fedseal/protocol/worker-messages';
import { PROTOCOL_VERSION } from '@fedseal/protocol/version';
import { io, type Socket } from 'socket.io-client';
import { pause, type BackOff } from '../coordinator/back-off.js';
import type { Report } from '../output/worker-events.js';
import { describeError, WorkerError } from '../worker-error.js';
import { readInbox, type Duties, type InboxMessage } from './inbox.js';
import { INITIAL_SESSION, stepSession, type SessionEffect, type SessionEvent, type SessionState } from './session-state.js';
import type { Session } from './sessions.js';

export interface ConnectionParts extends Duties {
  readonly url: string;
  /** Opens a new session; called on every attempt to connect. */
  readonly openSession: (signal: AbortSignal) => Promise<Session>;
  readonly backOff: BackOff;
  readonly random: () => number;
  readonly report: Report;
  /** Each time the worker comes online. */
  readonly onOnline: () => void;
  /** A message that passed its check. The acknowledgement is sent at once with what this returns. */
  readonly onMessage: (message: InboxMessage) => void;
  /** The coordinator will never take this worker: end. */
  readonly onHalt: (error: WorkerError) => void;
}

const ACK_TIMEOUT_MS = 20_000;
const ATTEMPT_TIMEOUT_MS = 30_000;

/**
 * Refusals that no later attempt can change; everything else (a database that restarts, a token that just ended) is tried
 * again for ever.
 */
const FINAL_CODES = new Set([
  'session.wrong-chain', 'session.wrong-operator', 'session.bad-signature',
  'protocol.incompatible', 'contributor.not-found', 'contributor.revoked',
]);

/** The worker's socket: carries out what the session machine decides, and brings events back to it. */
export class Connection {
  private state: SessionState = INITIAL_SESSION;
  private readonly socket: Socket;
  private readonly ended = new AbortController();
  private readonly onlineWaiters = new Set<() => void>();
  private attemptTimer: NodeJS.Timeout | undefined;
  private server = '';
  /** Counts attempts: what is left of one that timed out must not touch the next. */
  private attempt = 0;

  constructor(private readonly parts: ConnectionParts) {
    const { origin, pathname } = new URL(parts.url);
    this.socket = io(`${origin}/workers`, {
      path: `${pathname.replace(/\/+$/, '')}/socket.io`,
      // Websocket first; where something on the way blocks it, polling.
      transports: ['websocket', 'polling'],
      tryAllTransports: true,
      autoConnect: false,
      // The session machine reconnects: socket.io would not after a refusal or a disconnect by the server.
      reconnection: false,
      forceNew: true,
      auth: (send) => void this.authenticate(send),
    });
    this.socket.on('connect', () => {
      clearTimeout(this.attemptTimer);
      this.apply({ type: 'connected' });
    });
    this.socket.on('disconnect', (reason) => {
      // The transport may also close before the namespace was joined.
      if (this.state.phase === 'connecting') this.fail('connection.lost', `The connection ended (${reason}).`);
      else this.apply({ type: 'lost', reason });
    });
    this.socket.on('connect_error', (error) => this.fail(...this.refusalOf(error)));
    this.socket.onAny((event: string, ...args: unknown[]) => this.receive(event, args));
  }

  get online(): boolean {
    return this.state.phase === 'online';
  }

  start(): void {
    this.apply({ type: 'start' });
  }

  stop(): void {
    this.ended.abort(new WorkerError('worker.stopped', 'The worker is stopping.'));
    this.apply({ type: 'stop' });
  }

  /** Tells how training goes; lost without regret when the connection is down or slow. */
  sendProgress(progress: WorkerProgress): void {
    // A volatile message is dropped while another one is being written, such as the acknowledgement of the invitation
    // that began this work; a moment later it is not.
    setImmediate(() => {
      if (this.online) this.socket.volatile.emit(WORKER_EVENTS.progress, progress);
    });
  }

  /**
   * Submits a signed leaf until the coordinator acknowledges it, over as many connections as that takes.
   * Rejects only with the reason of `signal`, or when the connection was stopped.
   */
  async submit(leaf: Uint8Array, signal: AbortSignal): Promise<Ack> {
    const either = AbortSignal.any([signal, this.ended.signal]);
    for (;;) {
      await this.whenOnline(either);
      try {
        const answer: unknown = await this.socket
          .timeout(ACK_TIMEOUT_MS)
          .emitWithAck(WORKER_EVENTS.submit, { leaf: toBase64url(leaf) });
        const parsed = ack.safeParse(answer);
        if (parsed.success) return parsed.data;
        return { ok: false, code: 'ack.invalid', message: 'The coordinator answered a leaf with something this version does not understand.' };
      } catch {
        // Not acknowledged: whether it arrived is unknown, and sending it again is harmless.
        await pause(this.parts.backOff.firstMs, either);
      }
    }
  }

  private whenOnline(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.online) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const settle = () => {
        this.onlineWaiters.delete(settle);
        signal.removeEventListener('abort', settle);
        if (signal.aborted) reject(signal.reason as Error);
        else resolve();
      };
      this.onlineWaiters.add(settle);
      signal.addEventListener('abort', settle);
    });
  }

  private async authenticate(send: (auth: object) => void): Promise<void> {
    const { attempt } = this;
    try {
      const session = await this.parts.openSession(this.ended.signal);
      if (attempt !== this.attempt) return;
      this.server = session.server;
      send({ protocol: PROTOCOL_VERSION, token: session.token });
    } catch (error) {
      const { code, message } = describeError(error);
      if (attempt === this.attempt) this.fail(code, message);
    }
  }

  private fail(code: string, message: string): void {
    this.attempt += 1;
    clearTimeout(this.attemptTimer);
    // The attempt may be half open: the transport up, the namespace not joined.
    this.socket.disconnect();
    this.apply({ type: 'failed', code, message, final: FINAL_CODES.has(code) });
  }

  private apply(event: SessionEvent): void {
    const step = stepSession(this.state, event, this.parts.backOff, this.parts.random());
    this.state = step.state;
    for (const effect of step.effects) this.carryOut(effect);
  }

  private carryOut(effect: SessionEffect): void {
    switch (effect.type) {
      case 'connect':
        this.attemptTimer = setTimeout(
          () => this.fail('coordinator.unreachable', 'The coordinator did not answer in time.'),
          ATTEMPT_TIMEOUT_MS,
        );
        this.socket.connect();
        return;
      case 'wait':
        pause(effect.delayMs, this.ended.signal).then(() => this.apply({ type: 'wait-over' }), () => undefined);
        return;
      case 'disconnect':
        clearTimeout(this.attemptTimer);
        this.socket.disconnect();
        return;
      case 'report-online':
        this.parts.report({ event: 'online', url: this.parts.url, server: this.server });
        for (const settle of [...this.onlineWaiters]) settle();
        this.parts.onOnline();
        return;
      case 'report-offline':
        this.parts.report({ event: 'offline', code: effect.code, message: effect.message, retryInMs: effect.retryInMs });
        return;
      case 'halt':
        this.parts.onHalt(new WorkerError(effect.code, effect.message));
        return;
    }
  }

  private receive(event: string, args: readonly unknown[]): void {
    if (event === WORKER_EVENTS.replaced) {
      this.apply({ type: 'replaced' });
      return;
    }
    const last = args.at(-1);
    const reply = typeof last === 'function' ? (last as (answer: Ack) => void) : undefined;
    const reading = readInbox(event, args[0], this.parts);
    if (!reading.ok) {
      this.parts.report({ event: 'notice', code: reading.refusal.code, message: reading.refusal.message });
      reply?.(reading.refusal);
      return;
    }
    reply?.({ ok: true });
    this.parts.onMessage(reading.message);
  }

  /** A refusal by the server's middleware carries its code in `data`; a transport's failure does not. */
  private refusalOf(error: Error & { data?: unknown }): [code: string, message: string] {
    const data = error.data as { code?: unknown; message?: unknown } | undefined;
    if (typeof data?.code === 'string') return [data.code, typeof data.message === 'string' ? data.message : error.message];
    return ['coordinator.unreachable', `The coordinator at ${this.parts.url} does not answer.`];
  }
}
