import type { Socket } from 'socket.io';
import { z } from 'zod';
import { socketAuth } from '@fedseal/protocol/worker-messages';
import { refusalOf } from '../../observability/refusal.js';
import { requireCompatible } from '../session/sessions.service.js';

/** What the client sees as `connect_error`: the message, and the code in `data`. */
export class HandshakeRefused extends Error {
  readonly data: { readonly code: string; readonly message: string };

  constructor(error: unknown) {
    const { code, message } = refusalOf(error);
    super(message);
    this.data = { code, message };
  }
}

/**
 * Middleware of a namespace (Nest's guards do not run in the handshake): the protocol's version, then `admit`.
 * @param admit throws to refuse; its error's code and sentence are all that the client gets
 * @param onFault told of errors that are no refusals
 */
export function socketHandshake<S extends Socket>(
  admit: (socket: S, auth: z.output<typeof socketAuth>) => Promise<void>,
  onFault: (error: unknown) => void,
) {
  return (socket: S, next: (error?: Error) => void): void => {
    const work = async () => {
      const auth = socketAuth.parse(socket.handshake.auth);
      requireCompatible(auth.protocol);
      await admit(socket, auth);
    };
    work().then(
      () => next(),
      (error: unknown) => {
        if (!refusalOf(error).expected) onFault(error);
        next(new HandshakeRefused(error));
      },
    );
  };
}

/** Answers events that nobody here knows, instead of leaving their sender to wait. */
export function refuseUnknownEvents(socket: Socket, known: readonly string[]): void {
  socket.use(([event, ...args], next) => {
    if (known.includes(event)) {
      next();
      return;
    }
    const acknowledge: unknown = args.at(-1);
    if (typeof acknowledge !== 'function') return;
    const list = known.length === 0 ? 'this namespace only sends' : `it knows ${known.join(', ')}`;
    acknowledge({ ok: false, code: 'event.unknown', message: `This coordinator does not know that event; ${list}.` });
  });
}
