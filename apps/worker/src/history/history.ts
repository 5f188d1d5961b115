import { fromHex } from '@fedseal/chain/bytes';
import type { Crypto } from '@fedseal/chain/crypto/crypto';
import { HEADER_BYTES } from '@fedseal/chain/header/header';
import { verifyConsistency } from '@fedseal/chain/tree/verify-consistency';
import { hex32 } from '@fedseal/protocol/fields';
import type { Head } from '@fedseal/protocol/worker-messages';
import { z } from 'zod';
import { isTransient, RefusedRequest, type CoordinatorHttp } from '../coordinator/http.js';
import type { JsonFile } from '../home/json-file.js';
import type { VerifiedHead } from '../home/worker-home.js';
import { WorkerError } from '../worker-error.js';
import { checkHeaders } from './check-headers.js';
import { HistoryContradiction } from './history-contradiction.js';

const PAGE_MOST_BYTES = 2 ** 20 + HEADER_BYTES;
const consistencyAnswer = z.object({ proof: z.array(hex32).max(64) });

interface Tree {
  readonly treeSize: number;
  /** Hex. */
  readonly treeRoot: string;
}

/**
 * The history this worker knows. Every head it is shown must have the head it kept as an ancestor, and every tree the kept
 * tree as a prefix: an operator who rewrites what this worker saw is caught here.
 */
export class History {
  /** One claim at a time: each is judged by what the one before it left. */
  private settled: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly http: CoordinatorHttp,
    private readonly kept: JsonFile<VerifiedHead>,
    private readonly crypto: Crypto,
    private readonly chain: string,
  ) {}

  /**
   * Verifies a claimed head against the kept one and keeps the newer of the two.
   * @returns the newest verified head: what this worker signs as `seen`.
   * @throws HistoryContradiction, WorkerError `history.invalid`; `chain.behind` when the coordinator does not serve
   * what it claims (the same head may verify later); Unreachable
   */
  async follow(claimed: Head, signal: AbortSignal): Promise<Head> {
    const { timestampMs: _, ...head } = await this.reach(claimed, signal);
    return head;
  }

  /** As `follow`, with the block's own time. */
  reach(claimed: Head, signal: AbortSignal): Promise<VerifiedHead> {
    const reached = this.settled.then(() => this.judge(claimed, signal));
    this.settled = reached.catch(() => undefined);
    return reached;
  }

  /** The newest verified head; undefined before the first. */
  head(): Promise<VerifiedHead | undefined> {
    return this.kept.read();
  }

  /**
   * Demands that of two trees the smaller is the beginning of the larger.
   * @throws HistoryContradiction; RefusedRequest, Unreachable
   */
  async demandOneHistory(a: Tree, b: Tree, signal: AbortSignal): Promise<void> {
    const [from, to] = a.treeSize <= b.treeSize ? [a, b] : [b, a];
    if (from.treeSize === to.treeSize) {
      if (from.treeRoot !== to.treeRoot) throw new HistoryContradiction(`The tree of ${to.treeSize} leaves has two roots.`);
      return;
    }
    const path = `/v1/consistency?from=${from.treeSize}&to=${to.treeSize}`;
    const { proof } = await this.http.getJson(path, consistencyAnswer, { signal });
    try {
      verifyConsistency(this.crypto, {
        from: from.treeSize, fromRoot: fromHex(from.treeRoot), to: to.treeSize, toRoot: fromHex(to.treeRoot), proof: proof.map(fromHex),
      });
    } catch (cause) {
      throw new HistoryContradiction(`The tree of ${from.treeSize} leaves that this worker verified is not a prefix of the tree it is shown.`, { cause });
    }
  }

  private async judge(claimed: Head, signal: AbortSignal): Promise<VerifiedHead> {
    const kept = await this.kept.read();
    if (kept && claimed.height <= kept.height) {
      await this.checkAncestor(claimed, kept, signal);
      return kept;
    }
    const reached = await this.download(kept, claimed.height, signal);
    if (!sameHead(reached, claimed)) {
      throw new HistoryContradiction(`Block ${claimed.height} that the coordinator sent is not the one it claims as its head.`);
    }
    await this.demandOneHistory(kept ?? { treeSize: 1, treeRoot: this.chain }, reached, signal);
    await this.kept.write(reached);
    return reached;
  }

  /** Headers above `from` up to `height`, each checked; only the last head is held. */
  private async download(from: VerifiedHead | undefined, height: number, signal: AbortSignal): Promise<VerifiedHead> {
    let reached = from;
    while ((reached?.height ?? -1) < height) {
      const raw = await this.page((reached?.height ?? -1) + 1, height, signal);
      reached = checkHeaders(this.crypto, reached, this.chain, raw).at(-1);
      if (!reached) throw behind(height);
    }
    return reached as VerifiedHead;
  }

  /** A head at or below the kept one must be an ancestor of it: its block, then links up to the kept block. */
  private async checkAncestor(claimed: Head, kept: VerifiedHead, signal: AbortSignal): Promise<void> {
    if (claimed.height === kept.height) {
      if (!sameHead(kept, claimed)) throw new HistoryContradiction(`The coordinator now shows another block ${kept.height} than this worker verified.`);
      return;
    }
    // The links alone bind it: the kept block's hash covers the hash below it, and so on down.
    let reached: VerifiedHead = { ...claimed, timestampMs: 0 };
    try {
      reached = await this.download(reached, kept.height, signal);
    } catch (error) {
      if (error instanceof WorkerError && error.code === 'chain.behind') {
        throw new HistoryContradiction(`The coordinator no longer has block ${kept.height} that this worker verified.`);
      }
      throw error;
    }
    if (!sameHead(reached, kept)) throw new HistoryContradiction(`The coordinator now shows another block ${kept.height} than this worker verified.`);
  }

  /** Raw headers from `from` to at most `to`, both inclusive. @throws WorkerError `chain.behind` when there are none. */
  private async page(from: number, to: number, signal: AbortSignal): Promise<Uint8Array> {
    let raw;
    try {
      raw = await this.http.getBytes(`/v1/headers?from=${from}&to=${to}`, PAGE_MOST_BYTES, { signal });
    } catch (error) {
      if (error instanceof RefusedRequest && !isTransient(error)) throw behind(to, error);
      throw error;
    }
    const most = (to - from + 1) * HEADER_BYTES;
    if (raw.length === 0) throw behind(to);
    return raw.subarray(0, most);
  }
}

function sameHead(a: Head, b: Head): boolean {
  return a.height === b.height && a.blockHash === b.blockHash && a.treeSize === b.treeSize && a.treeRoot === b.treeRoot;
}

function behind(height: number, cause?: unknown): WorkerError {
  return new WorkerError('chain.behind', `The coordinator does not serve block ${height}, which it claims to have.`, { cause });
}
