import type { Namespace, Socket } from 'socket.io';
import type { OnlineWorker } from '../worker-channel.js';

/** Event names are checked at run time against the protocol's schemas, so the maps stay open. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- socket.io's own shape of an untyped event map
type Events = Record<string, (...args: any[]) => void>;

export interface WorkerSocketData {
  /** Set by the handshake; a socket without it never connects. */
  worker: OnlineWorker;
  /** The trainer's backend, from the last resource.register. */
  backend: string | undefined;
}
export type WorkerSocket = Socket<Events, Events, Events, WorkerSocketData>;
export type WorkerNamespace = Namespace<Events, Events, Events, WorkerSocketData>;
export type DashboardSocket = Socket<Events, Events, Events, Record<string, never>>;
export type DashboardNamespace = Namespace<Events, Events, Events, Record<string, never>>;
