import { toHex } from '@fedseal/chain/bytes';
import type { Crypto, Signer } from '@fedseal/chain/crypto/crypto';
import { enrolResponse, type Invitation } from '@fedseal/protocol/session';
import { retrying, type BackOff } from '../coordinator/back-off.js';
import { CoordinatorHttp, isTransient } from '../coordinator/http.js';
import type { Identity, WorkerHome } from '../home/worker-home.js';
import type { Report } from '../output/worker-events.js';
import { describeError, WorkerError } from '../worker-error.js';
import { buildEnrolment } from './enrolment.js';
import { parseInvitation } from './invitation-code.js';

export interface JoinWish {
  readonly invite?: string;
  readonly url?: string;
  readonly name?: string;
}

/**
 * Settles for whom this home folder works: what it knows already, or what an invitation says. An invitation of the same
 * federation also tells a worker that its coordinator has moved.
 * @throws WorkerError `invitation.missing`, `invitation.format`, `invitation.other-federation`, `home.other-key`
 */
export async function settleIdentity(home: WorkerHome, signer: Signer, wish: JoinWish): Promise<{ identity: Identity; invitation: Invitation | undefined }> {
  const keyId = toHex(signer.keyId);
  const known = await home.identity.read();
  const invitation = wish.invite === undefined ? undefined : parseInvitation(wish.invite);
  if (known && known.keyId !== keyId) {
    throw new WorkerError('home.other-key', `The folder ${home.folder} belongs to the key ${known.keyId}; put that key back, or use a new folder.`);
  }
  if (known && invitation && (known.chain !== invitation.chain || known.operator !== invitation.operator)) {
    throw new WorkerError('invitation.other-federation', `The folder ${home.folder} belongs to another federation; give this invitation a folder of its own with --home.`);
  }
  const source = invitation ?? known;
  if (!source) {
    throw new WorkerError('invitation.missing', 'This worker is not enrolled yet; start it once with --invite and the code the operator gave you.');
  }
  const identity: Identity = {
    url: wish.url ?? source.url,
    chain: source.chain,
    operator: source.operator,
    keyId,
    name: known?.name ?? wish.name ?? `worker-${keyId.slice(0, 8)}`,
    role: known?.role ?? source.role,
    enrolment: known?.enrolment ?? null,
  };
  await home.identity.write(identity);
  return { identity, invitation };
}

export interface EnrolParts {
  readonly home: WorkerHome;
  readonly signer: Signer;
  readonly crypto: Crypto;
  readonly backOff: BackOff;
  readonly random: () => number;
  readonly report: Report;
}

/**
 * Enrols the key when that has not been confirmed yet; waits for a coordinator that does not answer.
 * @returns the identity with its enrolment. @throws WorkerError `invitation.missing`, `enrolment.*`
 */
export async function enrol(
  parts: EnrolParts,
  identity: Identity,
  invitation: Invitation | undefined,
  signal: AbortSignal,
): Promise<Identity> {
  if (identity.enrolment !== null) return identity;
  if (!invitation) {
    throw new WorkerError('invitation.missing', 'The enrolment was never confirmed; start this worker again with --invite and its code.');
  }
  const http = new CoordinatorHttp(identity.url);
  const body = buildEnrolment(parts.crypto, parts.signer, invitation, identity.name);
  const answer = await retrying(() => http.postJson('/v1/contributors', body, enrolResponse, { signal }), {
    signal, backOff: parts.backOff, random: parts.random, isTransient,
    onRetry: (error, retryInMs) => parts.report({ event: 'offline', ...describeError(error), retryInMs }),
  }).catch((error: unknown) => {
    throw signal.aborted || !(error instanceof WorkerError) ? error : asEnrolmentError(error);
  });
  if (answer.keyId !== identity.keyId) {
    throw new WorkerError('enrolment.other-key', 'The coordinator confirmed another key than the one sent; do not trust it.');
  }
  const enrolled = { ...identity, enrolment: answer.leafHash };
  await parts.home.identity.write(enrolled);
  parts.report({ event: 'enrolled', keyId: identity.keyId, name: identity.name, role: identity.role, leafHash: answer.leafHash });
  return enrolled;
}

/** A refused enrolment ends the process with the status of a refused worker, whatever room its code is from. */
function asEnrolmentError(error: WorkerError): WorkerError {
  const code = /^(invitation|enrolment)\./.test(error.code) ? error.code : `enrolment.${error.code}`;
  return new WorkerError(code, error.message, { cause: error });
}
