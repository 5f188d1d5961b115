import { Injectable } from '@nestjs/common';
import { toBase64url, toHex, utf8 } from '@fedseal/chain/bytes';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import { INVITATION_PREFIX, type Invitation } from '@fedseal/protocol/session';
import { Ledger } from '../../ledger/ledger.js';
import { Clock } from '../../observability/clock.js';
import { Randomness } from '../../observability/randomness.js';
import { ContributorStore } from '../../storage/ports/contributor.store.js';
import { Database } from '../../storage/ports/transaction.js';

export interface InvitationWish {
  readonly role: 'contributor' | 'evaluator';
  readonly expiresInSeconds: number;
  /** By which the worker will reach this coordinator. */
  readonly url: string;
}

/** Makes one-time invitations. The code is shown once; only the digest of its secret is kept. */
@Injectable()
export class InvitationsService {
  constructor(
    private readonly database: Database,
    private readonly contributors: ContributorStore,
    private readonly ledger: Ledger,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
  ) {}

  async create(wish: InvitationWish): Promise<{ code: string; id: string; expiresAtMs: number }> {
    const secret = this.randomness.bytes(32);
    const id = this.randomness.uuid();
    const createdAtMs = this.clock.nowMs();
    const expiresAtMs = createdAtMs + wish.expiresInSeconds * 1000;
    await this.database.transaction((tx) =>
      this.contributors.createInvitation(tx, {
        id, secretHash: secretHashOf(secret), role: wish.role, createdAtMs, expiresAtMs, usedBy: null, revokedAtMs: null,
      }),
    );
    const content: Invitation = {
      url: wish.url,
      chain: this.ledger.chainId,
      operator: toHex(this.ledger.operator.keyId),
      role: wish.role,
      secret: toBase64url(secret),
    };
    return { code: INVITATION_PREFIX + toBase64url(utf8(JSON.stringify(content))), id, expiresAtMs };
  }
}

/** Hex SHA-256 of the raw secret: what the database keeps and what contributor.enrol seals. */
export function secretHashOf(secret: Uint8Array): string {
  return toHex(nodeCrypto.sha256(secret));
}
