import { fromBase64url, toHex } from '@fedseal/chain/bytes';
import { ChainError } from '@fedseal/chain/chain-error';
import { verifyPromise } from '@fedseal/chain/promise/promise';
import { head as headSchema, type SealPromiseMessage } from '@fedseal/protocol/worker-messages';
import { z } from 'zod';
import { isTransient } from '../coordinator/http.js';
import type { History } from '../history/history.js';
import type { FinishedUpdate } from '../home/outbox.js';
import { describeError, WorkerError } from '../worker-error.js';
import { signedTree, type SignedTree } from './contradiction-evidence.js';
import { CHECKPOINT_MOST_BYTES, type PaperSource } from './paper-source.js';
import { settlePromise, watch, type SettleParts, type Verified, type Watched } from './settle-promise.js';
import type { WakingTimer } from './waking-timer.js';

export interface KeeperParts extends SettleParts {
  readonly chain: string;
  readonly papers: PaperSource;
  readonly history: History;
  /** The operator's public key, as the handshake proved it; undefined before the first session. */
  readonly operatorKey: () => Uint8Array | undefined;
  readonly timer: WakingTimer;
  /** History contradicts itself: the worker must not go on. */
  readonly onFatal: (error: WorkerError) => void;
}

const federationAnswer = z.object({ head: headSchema });

/**
 * Keeps what the operator owes and what it has given: promises, receipts, signed checkpoints. It works beside the training, at most
 * once every few seconds, when there is something to learn: a connection, an invitation, a promise, or one that is still open.
 */
export class EvidenceKeeper {
  private watched: Watched[] | undefined;
  private underWay: Promise<void> | undefined;
  private readonly ended = new AbortController();
  /** Complaints that were made: the same trouble is told once. */
  private readonly told = new Set<string>();

  constructor(private readonly parts: KeeperParts) {}

  /** There may be something to learn. */
  wake(): void {
    if (this.ended.signal.aborted) return;
    this.parts.timer.wake(() => this.look());
  }

  /**
   * Keeps the promise that came with an acknowledgement. One that does not hold is told, and the work goes on: the update counts
   * with or without it.
   */
  async keep(update: FinishedUpdate, signed: SealPromiseMessage): Promise<void> {
    const { files, crypto, chain, operatorKey, report } = this.parts;
    const publicKey = operatorKey();
    try {
      if (!publicKey) throw new WorkerError('promise.no-key', 'The operator\'s key is not known.');
      const promise = verifyPromise(signed, { publicKey, chain }, crypto);
      if (promise.leafHash !== update.leafHash) throw new WorkerError('promise.other-leaf', `It is for the leaf ${promise.leafHash}.`);
      const { run, round, attempt } = update;
      const key = { run, round, attempt };
      const leaf = fromBase64url(update.leaf);
      if (!(await files.keepPromise(key, signed, leaf))) return;
      this.watched?.push(watch({ key, signed, leaf, unlinkedAt: undefined, accused: false }));
      report({ event: 'promise', run, round, attempt, leafHash: promise.leafHash, height: promise.height, notAfterMs: promise.notAfterMs });
      this.wake();
    } catch (error) {
      if (!(error instanceof ChainError || error instanceof WorkerError)) throw error;
      const { code, message } = describeError(error);
      report({ event: 'error', code, message: `The coordinator's promise for ${update.run} round ${update.round} is worth nothing: ${message} Ask the operator.` });
    }
  }

  /** @returns once nothing is written any more */
  async stop(): Promise<void> {
    this.ended.abort(new WorkerError('worker.stopped', 'The worker is stopping.'));
    this.parts.timer.stop();
    await this.underWay;
  }

  /** @returns whether something is still open, so that another look is worth while */
  private look(): Promise<boolean> {
    const looking = this.lookOnce(this.ended.signal).catch((error: unknown) => this.complain(error));
    this.underWay = looking.then(() => undefined);
    return looking;
  }

  private async lookOnce(signal: AbortSignal): Promise<boolean> {
    const { files, http, history } = this.parts;
    const { head: claimed } = await http.getJson('/v1/federation', federationAnswer, { signal });
    const head = await history.reach(claimed, signal);
    const { papers, tree } = await this.signedTree(signal);
    await history.demandOneHistory(head, { treeSize: tree.size, treeRoot: toHex(tree.root) }, signal);
    await files.keepCheckpoint(tree.size, tree.note);
    return this.settle({ papers, head, tree }, signal);
  }

  private async signedTree(signal: AbortSignal): Promise<Pick<Verified, 'papers' | 'tree'>> {
    const { papers: source, http } = this.parts;
    const note = new TextDecoder().decode(await http.getBytes('/checkpoint', CHECKPOINT_MOST_BYTES, { signal }));
    let papers = await source.get(signal);
    let tree: SignedTree;
    try {
      tree = signedTree(papers, note);
    } catch (error) {
      if (!(error instanceof ChainError)) throw error;
      papers = await source.fetch(signal);
      tree = signedTree(papers, note);
    }
    return { papers, tree };
  }

  private async settle(verified: Verified, signal: AbortSignal): Promise<boolean> {
    this.watched ??= (await this.parts.files.openPromises()).map(watch);
    for (const each of [...this.watched]) {
      // A promise may come meanwhile: the list is changed, never exchanged for an older one.
      if (await settlePromise(this.parts, verified, each, signal)) this.watched.splice(this.watched.indexOf(each), 1);
    }
    return this.watched.length > 0;
  }

  private complain(error: unknown): boolean {
    if (this.ended.signal.aborted) return false;
    const { code, message } = describeError(error);
    if (error instanceof WorkerError && code.startsWith('history.')) {
      this.parts.onFatal(error);
      return false;
    }
    // The coordinator is away, or behind what it claims: the next connection is the next occasion.
    if (!isTransient(error) && code !== 'chain.behind' && !this.told.has(code)) {
      this.told.add(code);
      this.parts.report({ event: 'notice', code, message: `Evidence could not be completed: ${message} It is tried again.` });
    }
    return true;
  }
}

