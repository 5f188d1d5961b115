import type { EvaluateRequest } from '@fedseal/protocol/worker-messages';
import { evaluateModel, type EvaluationParts, type FinishedEvaluation } from './evaluation/evaluation.js';
import type { Outbox } from './home/outbox.js';
import type { RoundKey } from './home/round-key.js';
import type { UpdateLog } from './home/update-log.js';
import type { Report } from './output/worker-events.js';
import { EMPTY_AGENDA, stepAgenda, type AgendaEvent, type AgendaState, type Task } from './rounds/agenda.js';
import { deliverUpdate, isDuplicate, submitPatiently, type DeliveryParts } from './rounds/delivery.js';
import type { RoundProgress } from './rounds/round-progress.js';
import { trainRound, type TrainingParts } from './rounds/training.js';
import type { InboxMessage } from './session/inbox.js';
import { describeError, WorkerError } from './worker-error.js';

export interface WorkerParts {
  readonly training: TrainingParts;
  readonly evaluation: EvaluationParts;
  readonly delivery: DeliveryParts;
  readonly outbox: Outbox;
  readonly updates: UpdateLog;
  readonly report: Report;
  readonly progress: RoundProgress;
  /** History that contradicts itself: the worker must not go on. */
  readonly onFatal: (error: WorkerError) => void;
}

/** Finished evaluations that are remembered, for a request that comes again. */
const REMEMBERED_EVALUATIONS = 16;

/** Does what the agenda says, one task at a time, and tells it what happened. */
export class Worker {
  private agenda: AgendaState = EMPTY_AGENDA;
  private abort: AbortController | undefined;
  private underWay: Promise<void> = Promise.resolve();
  private settled: Promise<void> = Promise.resolve();
  private stopped = false;
  private readonly evaluations = new Map<string, FinishedEvaluation>();

  constructor(private readonly parts: WorkerParts) {}

  handle(message: InboxMessage): void {
    switch (message.name) {
      case 'invite': {
        const { run, round, attempt } = message.data;
        const done = this.parts.updates.has(message.data) && !this.parts.outbox.get(message.data);
        if (done) {
          const text = `Round ${round} of ${run} (attempt ${attempt}) was trained before and has its verdict; nothing is sent again.`;
          this.parts.report({ event: 'notice', code: 'invite.settled', message: text });
          return;
        }
        this.apply({ type: 'invited', invite: message.data });
        return;
      }
      case 'evaluate':
        this.apply({ type: 'evaluation-requested', request: message.data });
        return;
      case 'cancel':
        this.apply({ type: 'over', key: message.data, reason: message.data.reason });
        return;
      case 'verdict': {
        const { run, round, attempt, outcome, reason } = message.data;
        this.parts.report({ event: 'verdict', run, round, attempt, outcome, reason });
        this.settled = this.settle(message.data, this.settled);
        return;
      }
    }
  }

  /** Finished updates that no coordinator has acknowledged are sent as soon as there is a connection. */
  resumeDeliveries(): void {
    for (const { run, round, attempt, delivered } of this.parts.outbox.list()) {
      if (!delivered) this.apply({ type: 'undelivered', key: { run, round, attempt } });
    }
  }

  /** Ends the work at hand. @returns once it has ended. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.abort?.abort(new WorkerError('worker.stopped', 'The worker is stopping.'));
    await this.underWay;
    await this.settled;
  }

  private apply(event: AgendaEvent): void {
    if (this.stopped) return;
    const step = stepAgenda(this.agenda, event);
    this.agenda = step.state;
    for (const effect of step.effects) {
      if (effect.type === 'begin') this.begin(effect.task);
      else if (effect.type === 'abort') this.abort?.abort(new TaskCalledOff(effect.reason));
      else this.parts.report({ event: 'notice', code: effect.code, message: effect.message });
    }
  }

  private begin(task: Task): void {
    const abort = new AbortController();
    this.abort = abort;
    this.underWay = this.perform(task, abort.signal)
      .catch((error: unknown) => this.failed(task, error, abort.signal))
      .then(() => this.apply({ type: 'finished' }));
  }

  private async perform(task: Task, signal: AbortSignal): Promise<void> {
    if (task.type === 'evaluate') return this.evaluate(task.request, signal);
    const { outbox, updates } = this.parts;
    let update = outbox.get(task.key);
    if (!update && task.type === 'train') {
      const finished = await trainRound(this.parts.training, task.invite, signal);
      await outbox.add(finished.update, finished.file);
      await updates.append(finished.update);
      update = finished.update;
    }
    if (update) await deliverUpdate(this.parts.delivery, update, signal);
  }

  private async evaluate(request: EvaluateRequest, signal: AbortSignal): Promise<void> {
    const { run, round, model } = request;
    const key = `${run}.${round}.${model.sha256}`;
    const result = this.evaluations.get(key) ?? (await evaluateModel(this.parts.evaluation, request, signal));
    this.remember(key, result);
    const answer = await submitPatiently(this.parts.delivery, result.leaf, signal);
    const { loss, accuracy, examples, leafHash } = result;
    const taken = answer.ok || isDuplicate(answer.code);
    this.parts.report({
      event: 'evaluated', run, round, model: model.sha256, loss, accuracy, examples, leafHash,
      outcome: taken ? 'delivered' : 'refused', code: answer.ok ? 'ok' : answer.code,
    });
    this.parts.progress.phase(request, 'idle');
  }

  private remember(key: string, result: FinishedEvaluation): void {
    this.evaluations.set(key, result);
    const [oldest] = this.evaluations.keys();
    if (this.evaluations.size > REMEMBERED_EVALUATIONS && oldest !== undefined) this.evaluations.delete(oldest);
  }

  /** A verdict ends an update's life here, and whatever is still being done for it. */
  private async settle(key: RoundKey, before: Promise<void>): Promise<void> {
    this.apply({ type: 'over', key, reason: 'verdict' });
    this.parts.progress.phase(key, 'idle');
    await before;
    await this.parts.outbox.remove(key).catch((error: unknown) => this.parts.report({ event: 'error', ...describeError(error) }));
  }

  private failed(task: Task, error: unknown, signal: AbortSignal): void {
    const { code, message } = describeError(error);
    if (error instanceof WorkerError && code.startsWith('history.')) {
      // While the evidence is gathered, nothing is trained for that coordinator.
      this.stopped = true;
      this.parts.onFatal(error);
      return;
    }
    if (this.stopped) return;
    const calledOff = signal.aborted && error === signal.reason;
    if (task.type === 'evaluate') {
      this.parts.progress.phase(task.request, 'idle');
      if (!calledOff) this.parts.report({ event: 'error', code, message });
      return;
    }
    const { run, round, attempt } = task.key;
    this.parts.progress.phase(task.key, 'idle');
    // A finished update is only interrupted on its way; its verdict tells how it ended.
    if (calledOff && this.parts.outbox.get(task.key)) return;
    this.parts.report({ event: 'update', run, round, attempt, outcome: 'abandoned', code, message });
  }
}

/** Why a task ended early: the coordinator's reason, or `superseded`. */
class TaskCalledOff extends WorkerError {
  constructor(reason: string) {
    super(reason, 'The work was called off.');
  }
}
