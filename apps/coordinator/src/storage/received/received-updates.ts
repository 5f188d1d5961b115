import { availableParallelism } from 'node:os';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { kernelMemory } from '@fedseal/model/aggregate/kernel-memory';
import { LandedUpdate } from '@fedseal/model/aggregate/landed-update';
import { FoldThreads } from '@fedseal/model/native/fold-threads';

/** Updates from this size on are folded on several cores; smaller ones take a few milliseconds on one. */
const LARGE_BYTES = 16 * 1024 * 1024;
/** Beside the calling thread; more would wait for memory rather than add. */
const MOST_THREADS = 3;

/** An upload on its way into memory, beside its way into the store. */
export interface Landing {
  /** Passes the pieces on as they are, each copied and scanned first. */
  watch(pieces: AsyncIterable<Buffer>): AsyncIterable<Buffer>;
  /** The store has hashed all of it and found this digest: the file may be taken by it. */
  keep(sha256: string): void;
  drop(): void;
}

/**
 * Uploaded updates that wait for their commit and their check, in the memory that they are folded in and within a budget. Only a
 * cache: what is not here, because it did not fit, made room for others or came before a restart, is read back from the store.
 */
@Injectable()
export class ReceivedUpdates implements OnModuleDestroy {
  /** By digest, the longest waiting first. */
  private readonly waiting = new Map<string, LandedUpdate>();
  /** Bytes under way, waiting, or taken and not yet released. */
  private used = 0;

  private threads: FoldThreads | undefined;

  constructor(
    private readonly budgetBytes: number,
    private readonly largeBytes: number = LARGE_BYTES,
  ) {}

  async onModuleDestroy(): Promise<void> {
    if (this.threads === undefined) return;
    kernelMemory().crew = undefined;
    await this.threads.close();
  }

  /** @param bytes as announced; 0 where nothing was. @returns undefined where it does not fit beside what is in use */
  begin(bytes: number): Landing | undefined {
    if (bytes < 1 || bytes > this.budgetBytes) return undefined;
    for (const [sha256, oldest] of this.waiting) {
      if (this.used + bytes <= this.budgetBytes) break;
      this.waiting.delete(sha256);
      this.release(oldest);
    }
    if (this.used + bytes > this.budgetBytes) return undefined;
    const landed = LandedUpdate.begin(bytes);
    if (landed === undefined) return undefined;
    this.used += bytes;
    if (bytes >= this.largeBytes) this.startThreads();
    return {
      async *watch(pieces) {
        for await (const piece of pieces) {
          landed.push(piece);
          yield piece;
        }
      },
      keep: (sha256) => {
        if (landed.isComplete && !this.waiting.has(sha256)) this.waiting.set(sha256, landed);
        else this.release(landed);
      },
      drop: () => this.release(landed),
    };
  }

  /** Hands a file over; nobody else gets it, and whoever has it releases it. */
  take(sha256: string): { readonly file: LandedUpdate; release(): void } | undefined {
    const file = this.waiting.get(sha256);
    this.waiting.delete(sha256);
    return file && { file, release: () => this.release(file) };
  }

  /** Once: by the time the upload is accepted they have started. */
  private startThreads(): void {
    const threads = Math.min(MOST_THREADS, availableParallelism() - 1);
    if (this.threads !== undefined || threads < 1) return;
    this.threads = new FoldThreads(kernelMemory(), { threads });
    kernelMemory().crew = this.threads;
  }

  private release(landed: LandedUpdate): void {
    this.used -= landed.bytes.length;
    landed.release();
  }
}
