import { fromBase64url } from '@fedseal/chain/bytes';
import type { Ack, RoundInvite } from '@fedseal/protocol/worker-messages';
import type { Artifacts } from '../coordinator/artifacts.js';
import { DEFAULT_BACK_OFF } from '../coordinator/back-off.js';
import { RefusedRequest } from '../coordinator/http.js';
import { roundKeyText } from '../home/round-key.js';
import { isDuplicate, submitPatiently, type DeliveryParts } from '../rounds/delivery.js';
import { trainRound, type TrainingParts } from '../rounds/training.js';
import type { InboxMessage } from '../session/inbox.js';
import { WorkerError } from '../worker-error.js';
import type { Limit } from './limit.js';

export interface ContributorParts {
  readonly name: string;
  readonly training: TrainingParts;
  readonly artifacts: Artifacts;
  readonly submit: DeliveryParts['submit'];
  /** Bounds the updates that exist at once in this process, and with them its memory. */
  readonly limit: Limit;
  readonly random: () => number;
  readonly ended: AbortSignal;
  readonly note: (text: string) => void;
  /** Something went wrong that no later attempt mends: the simulation ends. */
  readonly onFatal: (error: unknown) => void;
}

/**
 * Takes part in rounds as a worker does, without a home folder: an update that was lost with its process is trained again, to the
 * same bytes, when the coordinator invites again.
 */
export class VirtualContributor {
  private current: { readonly key: string; readonly abort: AbortController } | undefined;

  constructor(private readonly parts: ContributorParts) {}

  handle(message: InboxMessage): void {
    if (message.name === 'invite') this.begin(message.data);
    else if (message.name === 'cancel' || message.name === 'verdict') this.leave(roundKeyText(message.data));
  }

  private begin(invite: RoundInvite): void {
    const key = roundKeyText(invite);
    if (this.current?.key === key) return;
    this.current?.abort.abort(new CalledOff());
    const current = { key, abort: new AbortController() };
    this.current = current;
    const signal = AbortSignal.any([current.abort.signal, this.parts.ended]);
    this.parts.limit
      .run(() => this.contribute(invite, signal), signal)
      .catch((error: unknown) => {
        if (!signal.aborted) this.parts.onFatal(error);
      })
      .finally(() => {
        if (this.current === current) this.current = undefined;
      });
  }

  private leave(key: string): void {
    if (this.current?.key === key) this.current.abort.abort(new CalledOff());
  }

  private async contribute(invite: RoundInvite, signal: AbortSignal): Promise<void> {
    const { training, artifacts, submit, random, name, note } = this.parts;
    const { update, file } = await trainRound(training, invite, signal);
    training.progress.phase(invite, 'uploading');
    const answer = await artifacts.upload(update.update.sha256, file, signal).then(
      () => submitPatiently({ submit, random, backOff: DEFAULT_BACK_OFF }, fromBase64url(update.leaf), signal),
      asAnswer,
    );
    training.progress.phase(invite, 'idle');
    if (!answer.ok && !isDuplicate(answer.code)) note(`${name}: round ${invite.round}, update refused: ${answer.message} [${answer.code}]`);
  }
}

/** An upload that is refused, such as one that came too late, is no fault of the simulation. */
function asAnswer(error: unknown): Ack {
  if (error instanceof RefusedRequest) return { ok: false, code: error.code, message: error.message };
  throw error;
}

class CalledOff extends WorkerError {
  constructor() {
    super('round.over', 'The round is over.');
  }
}
