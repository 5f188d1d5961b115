import { ChainError } from '@fedseal/chain/chain-error';
import { Logger } from '@nestjs/common';
import type { Database, Tx } from '../storage/ports/transaction.js';
import type { LedgerStore } from '../storage/ports/ledger.store.js';
import { applyNews, readNews } from './catch-up.js';
import { chainCorrupt } from './chain-corrupt.js';
import type { LedgerState, SealedBlock, StateMark } from './ledger-state.js';
import { Mutex } from './mutex.js';

/**
 * The one way to change the chain. Inside the process a mutex, between processes an advisory lock that lasts as long as
 * the transaction; what others committed meanwhile is read before anything is decided on it, so that a second
 * coordinator can take over at any moment without a fork.
 */
export class ChainWriter {
  private readonly mutex = new Mutex();
  private readonly listeners: ((block: SealedBlock) => void)[] = [];
  private readonly log = new Logger('Ledger');
  private fault: unknown;

  constructor(
    readonly state: LedgerState,
    private readonly database: Database,
    private readonly store: LedgerStore,
  ) {}

  /** Called for each block that became durable, whoever sealed it, before the next change. */
  onSealed(listener: (block: SealedBlock) => void): void {
    this.listeners.push(listener);
  }

  /**
   * @param work changes the database and may add to the pool in memory; may run again when the database asks for it
   * @param committed takes over into memory what `work` decided; runs before anybody else's change
   */
  change<T>(work: (tx: Tx) => Promise<T>, committed: (result: T) => void): Promise<T> {
    return this.mutex.run(async () => {
      this.checkUsable();
      let mark: StateMark | undefined;
      const takeBack = () => {
        if (mark !== undefined) this.state.rollback(mark);
        mark = undefined;
      };
      const attempt = async (tx: Tx) => {
        takeBack();
        await this.store.lockWriter(tx);
        await this.follow();
        mark = this.state.mark();
        return work(tx);
      };
      const result = await this.database.transaction(attempt).catch((error: unknown) => {
        takeBack();
        throw error;
      });
      this.decisive(() => committed(result));
      return result;
    });
  }

  /** Looks at the state while nobody changes it. */
  look<T>(work: (state: LedgerState) => T): Promise<T> {
    return this.mutex.run(async () => {
      this.checkUsable();
      return work(this.state);
    });
  }

  /** Takes a durable block into memory and tells the listeners. */
  append(block: SealedBlock): void {
    this.state.append(block);
    this.tell(block);
  }

  private async follow(): Promise<void> {
    const news = await readNews(this.state, this.store).catch((error: unknown) => {
      // A database that is away comes back; one that lost blocks does not.
      throw error instanceof ChainError ? this.stop(error) : error;
    });
    for (const block of this.decisive(() => applyNews(this.state, news))) this.tell(block);
  }

  private tell(block: SealedBlock): void {
    for (const listener of this.listeners) listener(block);
  }

  /** A failure here leaves memory between two heads. */
  private decisive<T>(change: () => T): T {
    try {
      return change();
    } catch (error) {
      throw this.stop(error);
    }
  }

  /** Nothing is written any more; a restart verifies everything and says what is wrong. @returns what every caller now gets */
  private stop(error: unknown): unknown {
    this.fault = error instanceof ChainError ? chainCorrupt(error) : error;
    this.log.fatal('The ledger takes nothing more until the coordinator is started again', this.fault);
    return this.fault;
  }

  private checkUsable(): void {
    if (this.fault !== undefined) throw this.fault;
  }
}
