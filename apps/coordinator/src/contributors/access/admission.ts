import { Injectable } from '@nestjs/common';
import { CodedError } from '../../observability/coded-error.js';
import { ContributorStore, type StoredContributor } from '../../storage/ports/contributor.store.js';
import { SessionTokens } from './session-tokens.js';

/** Decides whether a session's token opens something now: a key may have been revoked since the token was made. */
@Injectable()
export class Admission {
  constructor(
    private readonly tokens: SessionTokens,
    private readonly contributors: ContributorStore,
  ) {}

  /** @throws CodedError `auth.expired`, `auth.invalid`, `contributor.revoked` */
  async admit(token: string): Promise<StoredContributor> {
    return this.enrolled(await this.tokens.verify(token));
  }

  /** @throws CodedError `contributor.not-found`, `contributor.revoked` */
  async enrolled(keyId: string): Promise<StoredContributor> {
    const contributor = await this.contributors.get(keyId);
    if (contributor === undefined) {
      throw new CodedError('contributor.not-found', 'This key is not enrolled here; enrol it with an invitation from the operator.');
    }
    if (contributor.revokedAtMs !== null) {
      throw new CodedError('contributor.revoked', 'This key was revoked or replaced by a next one; use that one, or ask the operator for a new invitation and enrol a new key.');
    }
    return contributor;
  }
}
