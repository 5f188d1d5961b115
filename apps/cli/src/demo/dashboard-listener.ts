import { dashboardEvents, type AnyDashboardEvent } from '@fedseal/protocol/dashboard-events';
import { PROTOCOL_VERSION } from '@fedseal/protocol/version';
import { io, type Socket } from 'socket.io-client';

/** Listens to what any dashboard may see. Messages that do not fit their schema are left out. */
export function listenToDashboard(url: string, listener: (event: AnyDashboardEvent) => void): Socket {
  const socket = io(`${url}/dashboard`, { auth: { protocol: PROTOCOL_VERSION }, reconnection: true });
  socket.onAny((name: string, data: unknown) => {
    const schema = (dashboardEvents as Record<string, (typeof dashboardEvents)[keyof typeof dashboardEvents]>)[name];
    const parsed = schema?.safeParse(data);
    if (parsed?.success) listener({ name, data: parsed.data } as AnyDashboardEvent);
  });
  return socket;
}
