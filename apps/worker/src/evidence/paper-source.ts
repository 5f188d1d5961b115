import type { Crypto } from '@fedseal/chain/crypto/crypto';
import type { CoordinatorHttp } from '../coordinator/http.js';
import type { EvidenceFiles } from './evidence-files.js';
import { FederationPapers } from './federation-papers.js';

/** A signed note has at most 2^20 characters; a coordinator's own has one line of a few hundred. */
export const CHECKPOINT_MOST_BYTES = 2 ** 20;
export const RECEIPT_MOST_BYTES = 4 * 2 ** 20;

/** The federation's papers: kept in the home folder, fetched once, and again when the operator's key was rotated. */
export class PaperSource {
  private papers: FederationPapers | undefined;

  constructor(
    private readonly files: EvidenceFiles,
    private readonly http: CoordinatorHttp,
    private readonly chain: string,
    private readonly crypto: Crypto,
  ) {}

  /** @throws ChainError, WorkerError `evidence.other-chain`, RefusedRequest, Unreachable */
  async get(signal: AbortSignal): Promise<FederationPapers> {
    if (this.papers) return this.papers;
    const kept = await this.files.federation();
    this.papers = kept && FederationPapers.read(kept, this.chain, this.crypto);
    return this.papers ?? this.fetch(signal);
  }

  /** Asks anew: a checkpoint that opens with no known key may be signed by the next one. */
  async fetch(signal: AbortSignal): Promise<FederationPapers> {
    const bytes = await this.http.getBytes('/v1/leaves/0/receipt', RECEIPT_MOST_BYTES, { signal });
    const papers = FederationPapers.read(bytes, this.chain, this.crypto);
    await this.files.keepFederation(bytes);
    this.papers = papers;
    return papers;
  }
}
