import { ChainError } from '@fedseal/chain/chain-error';
import { encodeConflict } from '@fedseal/chain/conflict/conflict';
import { encodeContradiction } from '@fedseal/chain/contradiction/contradiction';
import type { Crypto } from '@fedseal/chain/crypto/crypto';
import { HEADER_BYTES } from '@fedseal/chain/header/header';
import type { CoordinatorHttp } from '../coordinator/http.js';
import { HistoryContradiction } from '../history/history-contradiction.js';
import type { History } from '../history/history.js';
import type { Report } from '../output/worker-events.js';
import { WorkerError } from '../worker-error.js';
import { buildConflict, buildContradiction, signedTree, type SignedTree } from './contradiction-evidence.js';
import type { EvidenceFiles } from './evidence-files.js';
import type { FederationPapers } from './federation-papers.js';
import { fetchLeafHashes } from './leaf-hashes.js';
import { CHECKPOINT_MOST_BYTES, type PaperSource } from './paper-source.js';

export interface AccuserParts {
  readonly files: EvidenceFiles;
  readonly papers: PaperSource;
  readonly http: CoordinatorHttp;
  readonly history: History;
  readonly crypto: Crypto;
  readonly report: Report;
}

/** How long the other side has to show once more what it showed; what it will not sign is then left out. */
const GATHERING_MS = 60_000;

/** Turns a contradicting history into a file that others can check. */
export class Accuser {
  constructor(private readonly parts: AccuserParts) {}

  /** @returns the error that the worker ends with, which names the file */
  async accuse(cause: WorkerError, ending: AbortSignal): Promise<WorkerError> {
    const signal = AbortSignal.any([ending, AbortSignal.timeout(GATHERING_MS)]);
    try {
      const said = await this.write(cause, signal);
      if (said === undefined) return cause;
      this.parts.report({ event: 'evidence', ...said });
      const observed = cause instanceof HistoryContradiction ? cause.observed : cause.message;
      return new WorkerError(cause.code, `${observed} ${said.message}`, { cause });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return new WorkerError(cause.code, `${cause.message} No evidence file could be written: ${why}`, { cause });
    }
  }

  private async write(cause: WorkerError, signal: AbortSignal): Promise<{ kind: 'contradiction' | 'conflict'; file: string; message: string } | undefined> {
    const { files, history, crypto } = this.parts;
    const kept = await history.head();
    if (!kept) return undefined;
    const papers = await this.parts.papers.get(signal);
    const trees = (await files.checkpoints()).map(({ note }) => signedTree(papers, note));
    const shown = await this.shownTree(papers, signal);
    const proof = shown && buildContradiction(papers, crypto, trees, shown, await this.hashesOf(shown, signal));
    if (proof) {
      const file = await files.accuse(`contradiction-${shown.size}.json`, encodeContradiction(proof));
      return {
        kind: 'contradiction', file,
        message: `The operator signed both histories, and ${file} proves it to anybody: give copies to the other contributors and to the ` +
          'auditor, who check it with `fedseal receipt verify FILE`, and speak to the operator.',
      };
    }
    const bearing = [...trees.slice(-1), ...(shown ? [shown] : [])].filter(({ note }, i, all) => all.findIndex((other) => other.note === note) === i);
    const conflict = buildConflict(papers, crypto, kept, bearing, await this.headers(cause, kept.height, signal), cause instanceof HistoryContradiction ? cause.observed : cause.message);
    const file = await files.accuse(`conflict-${kept.height}.json`, encodeConflict(conflict));
    return {
      kind: 'conflict', file,
      message: `What can be shown is in the evidence file ${file}. It does not prove by itself that the operator signed two histories: no signed ` +
        'checkpoint of the other one could be had. Keep this worker\'s home folder; a checkpoint that the operator signs later, or that another ' +
        'contributor holds, may complete it.',
    };
  }

  private async shownTree(papers: FederationPapers, signal: AbortSignal): Promise<SignedTree | undefined> {
    const bytes = await orUndefined(this.parts.http.getBytes('/checkpoint', CHECKPOINT_MOST_BYTES, { signal }));
    try {
      return bytes && signedTree(papers, new TextDecoder().decode(bytes));
    } catch (error) {
      if (error instanceof ChainError) return undefined;
      throw error;
    }
  }

  private hashesOf({ size }: SignedTree, signal: AbortSignal): Promise<Uint8Array[] | undefined> {
    return orUndefined(fetchLeafHashes(this.parts.http, 0, size, signal));
  }

  private async headers(cause: WorkerError, height: number, signal: AbortSignal): Promise<Uint8Array[]> {
    const told = cause instanceof HistoryContradiction && cause.header ? [cause.header] : [];
    const asked = await orUndefined(this.parts.http.getBytes(`/v1/headers?from=${height}&to=${height}`, HEADER_BYTES, { signal }));
    return [...told, ...(asked?.length === HEADER_BYTES ? [asked] : [])];
  }
}

/** What the coordinator will not give is missing in the file, and no reason to write none. */
async function orUndefined<T>(wanted: Promise<T>): Promise<T | undefined> {
  try {
    return await wanted;
  } catch (error) {
    if (error instanceof WorkerError || (error instanceof Error && error.name === 'TimeoutError')) return undefined;
    throw error;
  }
}
