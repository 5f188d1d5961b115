import { Injectable, Logger } from '@nestjs/common';
import type { z } from 'zod';
import type { JsonLeafKind } from '@fedseal/chain/leaf/payloads';
import { readLeaf } from '@fedseal/chain/leaf/read-leaf';
import {
  WORKER_EVENTS, ack, evaluateRequest, roundCancel, roundInvite, updateVerdictNotice,
  type Ack, type EvaluateRequest, type RoundCancel, type RoundInvite, type UpdateVerdictNotice, type WorkerProgress,
} from '@fedseal/protocol/worker-messages';
import { CodedError } from '../../observability/coded-error.js';
import { WorkerChannel, type OnlineWorker, type SubmittedLeaf } from '../worker-channel.js';
import { LiveWorkers } from './live-workers.js';
import { SubmissionLimit } from './submission-limit.js';

/** An invitation is acknowledged when it is read, not when the training is done. */
const ACK_TIMEOUT_MS = 10_000;

/** The port of rounds to the connected workers, over socket.io. */
@Injectable()
export class WorkerChannelService extends WorkerChannel {
  private readonly logger = new Logger('Workers');
  private readonly onlineListeners: ((worker: OnlineWorker) => void)[] = [];
  private readonly progressListeners: ((worker: OnlineWorker, progress: WorkerProgress) => void)[] = [];
  private readonly leafHandlers = new Map<JsonLeafKind, (leaf: SubmittedLeaf) => Promise<Ack>>();

  constructor(
    private readonly live: LiveWorkers,
    private readonly limit: SubmissionLimit,
  ) {
    super();
  }

  override online(role: 'contributor' | 'evaluator'): OnlineWorker[] {
    return this.live.list().filter((worker) => worker.role === role);
  }

  override isOnline(keyId: string): boolean {
    return this.live.socket(keyId) !== undefined;
  }

  override invite(keyId: string, invite: RoundInvite): Promise<boolean> {
    return this.push(keyId, WORKER_EVENTS.invite, roundInvite, invite);
  }

  override requestEvaluation(keyId: string, request: EvaluateRequest): Promise<boolean> {
    return this.push(keyId, WORKER_EVENTS.evaluate, evaluateRequest, request);
  }

  override cancel(keyId: string, cancel: RoundCancel): void {
    this.live.socket(keyId)?.emit(WORKER_EVENTS.cancel, roundCancel.parse(cancel));
  }

  override notifyVerdict(keyId: string, verdict: UpdateVerdictNotice): void {
    this.live.socket(keyId)?.emit(WORKER_EVENTS.verdict, updateVerdictNotice.parse(verdict));
  }

  override onOnline(listener: (worker: OnlineWorker) => void): void {
    this.onlineListeners.push(listener);
  }

  override onProgress(listener: (worker: OnlineWorker, progress: WorkerProgress) => void): void {
    this.progressListeners.push(listener);
  }

  override onLeaf(kind: JsonLeafKind, handler: (leaf: SubmittedLeaf) => Promise<Ack>): void {
    if (this.leafHandlers.has(kind)) throw new Error(`There is a handler for ${kind} already.`);
    this.leafHandlers.set(kind, handler);
  }

  /** The gateway tells: a worker's session began. */
  announceOnline(worker: OnlineWorker): void {
    for (const listener of this.onlineListeners) this.shielded(() => listener(worker));
  }

  /** The gateway tells: a worker reported progress. */
  announceProgress(worker: OnlineWorker, progress: WorkerProgress): void {
    for (const listener of this.progressListeners) this.shielded(() => listener(worker, progress));
  }

  /** Reads a submitted leaf and hands it to its kind's handler. @throws ChainError, CodedError `rate.limited`, `leaf.kind` */
  async submit(contributor: string, bytes: Uint8Array): Promise<Ack> {
    if (!this.limit.take(contributor)) {
      throw new CodedError('rate.limited', 'This key submits leaves faster than the coordinator takes them; wait a second and send this one again.');
    }
    const { kind } = readLeaf(bytes);
    const handler = kind === 'block.link' ? undefined : this.leafHandlers.get(kind);
    if (kind === 'block.link' || handler === undefined) {
      const kinds = [...this.leafHandlers.keys()].join(', ');
      throw new CodedError('leaf.kind', `Workers cannot submit a ${kind} leaf here; submit one of ${kinds}.`);
    }
    return handler({ kind, bytes, contributor });
  }

  /** @returns whether the worker acknowledged in time; a connection that ends before does not. */
  private async push<S extends z.ZodType>(keyId: string, event: string, schema: S, message: z.input<S>): Promise<boolean> {
    const socket = this.live.socket(keyId);
    if (socket === undefined) return false;
    const checked = schema.parse(message);
    let gone: () => void = () => undefined;
    try {
      const disconnected = new Promise<undefined>((resolve) => {
        gone = () => resolve(undefined);
        socket.once('disconnect', gone);
      });
      const answer: unknown = await Promise.race([socket.timeout(ACK_TIMEOUT_MS).emitWithAck(event, checked), disconnected]);
      const parsed = ack.safeParse(answer);
      if (parsed.success && !parsed.data.ok) {
        this.logger.warn(`${socket.data.worker.name} refused ${event}: ${parsed.data.code}`, { contributor: keyId });
      }
      return parsed.success && parsed.data.ok;
    } catch {
      // The acknowledgement did not come in time; whoever asked repeats when the worker comes back.
      return false;
    } finally {
      socket.off('disconnect', gone);
    }
  }

  private shielded(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.logger.error(error);
    }
  }
}
