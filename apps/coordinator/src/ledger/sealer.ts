import type { Header } from '@fedseal/chain/header/header';
import { Logger } from '@nestjs/common';
import type { Timer } from './timer.js';

/** How long leaves may wait for a block while no round is open, ms. */
export const IDLE_SEAL_MS = 2_000;
/** Pause after a search or an append failed (the database was away), ms. */
export const RETRY_SEAL_MS = 1_000;
/** A leaf with a due time is looked at again at least this often, ms: clocks are set, and timers hold 24 days. */
const LOOK_AGAIN_MS = 3_600_000;

/** What a search produced. */
export interface FoundBlock {
  /** The 176 bytes, nonce and times filled in. */
  readonly header: Uint8Array;
  readonly tries: bigint;
  readonly seconds: number;
}

/** A proof-of-work search beside the round; rejects when `signal` aborts. */
export type BlockSearch = (template: Header, signal: AbortSignal) => Promise<FoundBlock>;

export interface Waiting {
  /** Leaves in the pool. */
  readonly leaves: number;
  /** Whether one of them is a `round.close` or a `run.end`. */
  readonly urgent: boolean;
  readonly roundOpen: boolean;
  /** How long the first of the leaves that were promised by a time may wait for the end of a round, ms. */
  readonly dueInMs?: number;
}

/** The chain as the sealer needs it: what waits, the next block's content, and a place to put it. */
export interface SealTarget<Template extends { readonly header: Header }> {
  waiting(): Waiting;
  /** Fixes the next block's leaves: the link, then the whole pool in order. @returns undefined when nothing is due. */
  template(): Promise<Template | undefined>;
  /** @returns false when the tip moved meanwhile, so that the find belongs to no chain. */
  append(template: Template, found: FoundBlock): Promise<boolean>;
  announceStart(template: Template): void;
}

/** @returns whether a search is due at once, later, or not while the round lasts. */
export function sealUrgency({ leaves, urgent, roundOpen, dueInMs = Infinity }: Waiting): 'now' | 'idle' | 'wait' {
  if (leaves === 0) return 'wait';
  if (urgent || dueInMs <= 0) return 'now';
  return roundOpen ? 'wait' : 'idle';
}

/**
 * Decides when a block is searched for (docs/CHAIN.md, "Order of things"), one search at a time. It is told of every
 * change and never waited for: rounds go on while it searches. A crash loses at most a search; the pool is durable and
 * the next start seals it.
 */
export class Sealer<Template extends { readonly header: Header }> {
  private readonly log = new Logger('Sealer');
  private readonly abort = new AbortController();
  private running: Promise<void> | undefined;
  private cancelDelay: (() => void) | undefined;

  constructor(
    private readonly target: SealTarget<Template>,
    private readonly search: BlockSearch,
    private readonly timer: Timer,
  ) {}

  /** Looks at what waits and starts, delays or leaves it. Call after every change of the pool; it returns at once. */
  consider(): void {
    if (this.abort.signal.aborted || this.running) return;
    const waiting = this.target.waiting();
    const urgency = sealUrgency(waiting);
    if (urgency === 'idle') {
      this.cancelDelay ??= this.delay(IDLE_SEAL_MS);
      return;
    }
    this.cancelDelay?.();
    this.cancelDelay = undefined;
    if (urgency === 'now') this.start();
    else if (waiting.dueInMs !== undefined) this.cancelDelay = this.delay(Math.min(waiting.dueInMs, LOOK_AGAIN_MS));
  }

  /** Ends a running search within one chunk of tries. Nothing starts afterwards. */
  async stop(): Promise<void> {
    this.abort.abort();
    this.cancelDelay?.();
    await this.running;
  }

  private start(): void {
    this.running = this.seal().then(
      () => this.finish(),
      (error: unknown) => {
        this.running = undefined;
        if (this.abort.signal.aborted) return;
        this.log.warn(`A block could not be sealed and will be tried again: ${String(error)}`);
        this.cancelDelay = this.delay(RETRY_SEAL_MS);
      },
    );
  }

  private finish(): void {
    this.running = undefined;
    this.consider();
  }

  private delay(ms: number): () => void {
    return this.timer.after(ms, () => {
      this.cancelDelay = undefined;
      if (this.abort.signal.aborted || this.running) return;
      if (sealUrgency(this.target.waiting()) === 'wait') this.consider();
      else this.start();
    });
  }

  private async seal(): Promise<void> {
    const template = await this.target.template();
    if (template === undefined || this.abort.signal.aborted) return;
    this.target.announceStart(template);
    const found = await this.search(template.header, this.abort.signal);
    if (!this.abort.signal.aborted) await this.target.append(template, found);
  }
}
