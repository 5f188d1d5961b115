import { EventEmitter } from 'node:events';
import { Injectable } from '@nestjs/common';
import type { RunState } from '@fedseal/rounds/machine/run-state';
import type { OutboxEntry } from '../storage/ports/outbox.store.js';
import type { StoredRound } from '../storage/ports/round.store.js';
import type { StoredRun } from '../storage/ports/run.store.js';

/** A round that is open for updates. */
export interface OpenRound {
  readonly run: StoredRun;
  readonly state: RunState;
  readonly round: StoredRound;
}

interface Signals {
  /** A round may be opened now. */
  prepare: [run: string];
  /** Push the open round's invitation to these contributors. */
  invite: [open: OpenRound, contributors: readonly string[]];
  /** Tell contributors that an attempt is over for them. */
  cancel: [at: { run: string; round: number; attempt: number }, contributors: readonly string[], reason: string];
  /** Push an evaluation that is awaited. */
  evaluate: [run: string, round: number];
  /** A pending effect was committed. */
  outbox: [entry: OutboxEntry];
}

/** What follows a committed change inside this process. Losing one costs nothing: recovery derives them from the state. */
@Injectable()
export class RoundSignals {
  private readonly emitter = new EventEmitter<Signals>().setMaxListeners(0);

  emit<K extends keyof Signals>(name: K, ...args: Signals[K]): void {
    (this.emitter as EventEmitter).emit(name, ...args);
  }

  on<K extends keyof Signals>(name: K, listener: (...args: Signals[K]) => void): void {
    (this.emitter as EventEmitter).on(name, listener);
  }
}
