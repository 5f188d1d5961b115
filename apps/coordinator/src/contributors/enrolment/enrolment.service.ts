import { Injectable } from '@nestjs/common';
import { fromBase64url, fromHex, toHex } from '@fedseal/chain/bytes';
import { keyIdOf } from '@fedseal/chain/crypto/key-id';
import { checkPublicKey } from '@fedseal/chain/crypto/public-key';
import { decodeCanonicalJson } from '@fedseal/chain/json/canonical-json';
import { addSignature } from '@fedseal/chain/leaf/add-signature';
import { encodeLeaf } from '@fedseal/chain/leaf/encode-leaf';
import { LEAF_KINDS } from '@fedseal/chain/leaf/kinds';
import { contributorEnrol, type Payload } from '@fedseal/chain/leaf/payloads';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import { Ledger, type LedgerWrite } from '../../ledger/ledger.js';
import { Clock } from '../../observability/clock.js';
import { CodedError } from '../../observability/coded-error.js';
import { ContributorStore, type StoredInvitation } from '../../storage/ports/contributor.store.js';
import { secretHashOf } from './invitations.service.js';

export interface EnrolmentRequest {
  /** base64url; the payload as strict canonical JSON, the signature by the new key. */
  readonly secret: string;
  readonly payload: string;
  readonly signature: string;
}

/** Admits one key for one invitation: the leaf, the used invitation and the contributor's row commit together. */
@Injectable()
export class EnrolmentService {
  constructor(
    private readonly ledger: Ledger,
    private readonly contributors: ContributorStore,
    private readonly clock: Clock,
  ) {}

  /**
   * The same key may send its enrolment again after an answer was lost, and gets the same answer.
   * @throws CodedError `invitation.*`, `enrol.*`, `contributor.enrolled`; ChainError of the leaf's own rules
   */
  async enrol(request: EnrolmentRequest): Promise<{ keyId: string; leafHash: string }> {
    const secretHash = secretHashOf(fromBase64url(request.secret));
    const { payload, bytes } = this.readPayload(request.payload, secretHash);
    const key = fromHex(payload.key);
    checkPublicKey(key);
    const keyId = keyIdOf(nodeCrypto, key);
    const signed = encodeLeaf({
      kind: LEAF_KINDS['contributor.enrol'],
      payload: bytes,
      signatures: [{ keyId, signature: fromBase64url(request.signature) }],
    });
    const leaf = addSignature(signed, this.ledger.operator);
    return this.ledger.write((write) => this.admit(write, { secretHash, payload, keyId: toHex(keyId), leaf }));
  }

  private readPayload(encoded: string, secretHash: string): { payload: Payload<'contributor.enrol'>; bytes: Uint8Array } {
    const bytes = fromBase64url(encoded);
    const payload = contributorEnrol.parse(decodeCanonicalJson(bytes));
    if (payload.chain !== this.ledger.chainId) {
      throw new CodedError('enrol.chain', 'The enrolment names another federation; use an invitation of this one.');
    }
    if (payload.invitation !== secretHash) {
      throw new CodedError('enrol.invitation', 'The signed enrolment names another invitation than the secret sent with it; sign it again for this one.');
    }
    return { payload, bytes };
  }

  private async admit(write: LedgerWrite, enrolment: SignedEnrolment): Promise<{ keyId: string; leafHash: string }> {
    const { secretHash, payload, keyId, leaf } = enrolment;
    const invitation = await this.contributors.lockInvitation(write.tx, secretHash);
    if (invitation === undefined) {
      throw new CodedError('invitation.unknown', 'This invitation is not one of this federation; ask the operator for a new one.');
    }
    const known = await this.contributors.get(keyId);
    if (known !== undefined && invitation.usedBy === keyId) return { keyId, leafHash: known.enrolLeaf };
    this.checkInvitation(invitation, payload.role);
    if (known !== undefined) {
      throw new CodedError('contributor.enrolled', 'This key is enrolled already; open a session with it, no invitation is needed.');
    }
    const { leafHash } = await write.accept(leaf);
    await this.contributors.save(write.tx, {
      keyId,
      key: payload.key,
      name: payload.name,
      role: payload.role,
      enrolLeaf: leafHash,
      enrolledAtMs: this.clock.nowMs(),
      revokedAtMs: null,
      resource: null,
    });
    await this.contributors.useInvitation(write.tx, invitation.id, keyId);
    return { keyId, leafHash };
  }

  private checkInvitation(invitation: StoredInvitation, role: StoredInvitation['role']): void {
    if (invitation.usedBy !== null) {
      throw new CodedError('invitation.used', 'This invitation has admitted another key; ask the operator for a new one.');
    }
    if (invitation.revokedAtMs !== null) {
      throw new CodedError('invitation.revoked', 'This invitation was withdrawn; ask the operator for a new one.');
    }
    if (invitation.expiresAtMs <= this.clock.nowMs()) {
      throw new CodedError('invitation.expired', 'This invitation has expired; ask the operator for a new one.');
    }
    if (invitation.role !== role) {
      throw new CodedError('enrol.role', `This invitation admits a key as ${invitation.role}; sign the enrolment with that role.`);
    }
  }
}

interface SignedEnrolment {
  readonly secretHash: string;
  readonly payload: Payload<'contributor.enrol'>;
  readonly keyId: string;
  readonly leaf: Uint8Array;
}
