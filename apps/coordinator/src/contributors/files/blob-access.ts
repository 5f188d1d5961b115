import { Injectable } from '@nestjs/common';
import { CodedError } from '../../observability/coded-error.js';
import { RoundStore } from '../../storage/ports/round.store.js';
import { UploadStore } from '../../storage/ports/upload.store.js';
import { Admission } from '../access/admission.js';
import { OperatorToken } from '../access/operator-token.js';

export type Readers = 'everyone' | 'some';

/**
 * Who may read a blob. What the coordinator itself wrote or a run names (plans, models, candidates, weights) is public.
 * A file that only came in as an update can leak its contributor's data: the operator, who is also the auditor, reads
 * it, and whoever sent the whole of it. Its digest is on the chain, so knowing or naming the digest opens nothing.
 */
@Injectable()
export class BlobAccess {
  constructor(
    private readonly uploads: UploadStore,
    private readonly rounds: RoundStore,
    private readonly operator: OperatorToken,
    private readonly admission: Admission,
  ) {}

  /**
   * @param token of the operator or of a session
   * @throws CodedError `auth.required`, `auth.invalid`, `auth.expired`, `blob.private`
   */
  async check(sha256: string, token: string | undefined): Promise<Readers> {
    const senders = await this.uploads.of(sha256);
    // A model that somebody uploaded again stays the public model it was.
    if (senders.length === 0 || (await this.rounds.isPublished(sha256))) return 'everyone';
    if (token === undefined) {
      throw new CodedError('auth.required', 'This is a contributor’s update; only its contributor and the operator may read it, with their token.');
    }
    if (this.operator.matches(token)) return 'some';
    const { keyId } = await this.admission.admit(token);
    if (senders.some(({ contributor, complete }) => complete && contributor === keyId)) return 'some';
    throw new CodedError('blob.private', 'This is another contributor’s update; only that contributor and the operator may read it.');
  }
}
