import { Injectable } from '@nestjs/common';
import { fromHex, toHex } from '@fedseal/chain/bytes';
import { keyIdOf } from '@fedseal/chain/crypto/key-id';
import type { Payload } from '@fedseal/chain/leaf/payloads';
import { readLeaf } from '@fedseal/chain/leaf/read-leaf';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import { Ledger, type LedgerWrite } from '../../ledger/ledger.js';
import { Clock } from '../../observability/clock.js';
import { CodedError } from '../../observability/coded-error.js';
import { ContributorStore } from '../../storage/ports/contributor.store.js';
import { Admission } from '../access/admission.js';
import { LiveWorkers } from '../sockets/live-workers.js';
import { SubmissionLimit } from '../sockets/submission-limit.js';
import type { AcceptedLeafAnswer, AddNodeRequest, AnnotateRequest } from './membership.schemas.js';

/** Keys that end or are replaced, nodes, and remarks: each a leaf, committed together with the contributor's row. */
@Injectable()
export class MembershipService {
  constructor(
    private readonly ledger: Ledger,
    private readonly contributors: ContributorStore,
    private readonly admission: Admission,
    private readonly live: LiveWorkers,
    private readonly limit: SubmissionLimit,
    private readonly clock: Clock,
  ) {}

  /** Ends a contributor's key by the operator's word. @throws CodedError `contributor.not-found`, `contributor.revoked` */
  async revoke(contributor: string, reason: string): Promise<AcceptedLeafAnswer> {
    await this.admission.enrolled(contributor);
    return this.ledger.write(async (write) => {
      const { leafHash } = await write.acceptSigned('contributor.revoke', { contributor, reason });
      await this.end(write, contributor);
      return { leafHash };
    });
  }

  addNode(node: AddNodeRequest): Promise<AcceptedLeafAnswer> {
    return this.ledger.write(async (write) => only(await write.acceptSigned('node.add', node)));
  }

  /** @param key the node's public key, hex */
  removeNode(key: string): Promise<AcceptedLeafAnswer> {
    return this.ledger.write(async (write) => only(await write.acceptSigned('node.remove', { key })));
  }

  /** The operator's remark on anything that has a hash. */
  annotate(remark: AnnotateRequest): Promise<AcceptedLeafAnswer> {
    const author = toHex(this.ledger.operator.keyId);
    return this.ledger.write(async (write) => only(await write.acceptSigned('annotate', { author, ...remark })));
  }

  /**
   * Takes a leaf that a contributor signed alone: its next key, the end of its key, a remark. The signatures in it are the
   * authorisation.
   * @throws ChainError of the leaf's rules; CodedError `leaf.kind`, `leaf.duplicate`, `contributor.*`, `rate.limited`
   */
  async submit(bytes: Uint8Array): Promise<AcceptedLeafAnswer> {
    const leaf = readLeaf(bytes);
    switch (leaf.kind) {
      case 'contributor.rotate':
        return this.rotate(bytes, leaf.payload);
      case 'contributor.revoke':
        return this.ledger.write(async (write) => {
          const accepted = await write.accept(bytes);
          await this.end(write, leaf.payload.contributor);
          return only(accepted);
        });
      case 'annotate':
        await this.admission.enrolled(leaf.payload.author);
        if (!this.limit.take(`annotate ${leaf.payload.author}`)) {
          throw new CodedError('rate.limited', 'This key sends remarks faster than the coordinator takes them; wait a second and send this one again.');
        }
        return this.ledger.write(async (write) => only(await write.accept(bytes)));
      default:
        throw new CodedError('leaf.kind', `A ${leaf.kind} leaf is not taken here; send contributor.rotate, contributor.revoke or annotate.`);
    }
  }

  /** The next key is a contributor like any other from here on, with the old one's name and role. */
  private rotate(bytes: Uint8Array, { contributor, key }: Payload<'contributor.rotate'>): Promise<AcceptedLeafAnswer> {
    return this.ledger.write(async (write) => {
      const accepted = await write.accept(bytes);
      const old = await this.end(write, contributor);
      await this.contributors.save(write.tx, {
        ...old, keyId: toHex(keyIdOf(nodeCrypto, fromHex(key))), key, enrolLeaf: accepted.leafHash, enrolledAtMs: this.clock.nowMs(), resource: null,
      });
      return only(accepted);
    });
  }

  /** The key opens nothing any more, and its connection ends with the commit. */
  private async end(write: LedgerWrite, keyId: string) {
    const known = await this.contributors.get(keyId);
    if (known === undefined) throw new Error('The rules take no leaf of a key that has no row.');
    await this.contributors.save(write.tx, { ...known, revokedAtMs: this.clock.nowMs() });
    write.afterCommit(() => this.live.socket(keyId)?.disconnect(true));
    return known;
  }
}

function only({ leafHash }: AcceptedLeafAnswer): AcceptedLeafAnswer {
  return { leafHash };
}
