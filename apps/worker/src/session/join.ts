import { toHex } from '@fedseal/chain/bytes';
import type { Crypto, Signer } from '@fedseal/chain/crypto/crypto';
import { enrolResponse, type Invitation } from '@fedseal/protocol/session';
import { retrying, type BackOff } from '../coordinator/back-off.js';
import { CoordinatorHttp, isTransient, RefusedRequest } from '../coordinator/http.js';
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
export async function settleIdentity(home: WorkerHome, signer: Signer, wish: JoinWish): Promise<Identity> {
  const keyId = toHex(signer.keyId);
  const known = await home.identity.read();
  if (known && known.keyId !== keyId) {
    throw new WorkerError('home.other-key', `The folder ${home.folder} belongs to the key ${known.keyId}; put that key back, or use a new folder.`);
  }
  const code = wish.invite ?? known?.pendingInvitation ?? undefined;
  const invitation = code === undefined ? undefined : parseInvitation(code);
  const enrolled = known?.pendingInvitation === null ? known : undefined;
  if (enrolled && invitation && (enrolled.chain !== invitation.chain || enrolled.operator !== invitation.operator)) {
    throw new WorkerError('invitation.other-federation', `The folder ${home.folder} belongs to another federation; give this invitation a folder of its own with --home.`);
  }
  const source = invitation ?? enrolled;
  if (!source) {
    throw new WorkerError('invitation.missing', 'This worker is not enrolled yet; start it once with --invite and the code the operator gave you.');
  }
  const identity: Identity = {
    url: wish.url ?? source.url,
    chain: source.chain,
    operator: source.operator,
    keyId,
    // Both are sealed by the enrolment and stay what they are.
    name: enrolled?.name ?? wish.name ?? known?.name ?? `worker-${keyId.slice(0, 8)}`,
    role: enrolled?.role ?? source.role,
    pendingInvitation: enrolled ? null : (code ?? null),
  };
  await home.identity.write(identity);
  return identity;
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
 * @throws WorkerError `invitation.*`, `enrolment.*`
 */
export async function enrol(parts: EnrolParts, identity: Identity, signal: AbortSignal): Promise<void> {
  if (identity.pendingInvitation === null) return;
  const { home, report } = parts;
  const { keyId, name, role } = identity;
  const leafHash = await requestEnrolment(parts, identity, parseInvitation(identity.pendingInvitation), signal);
  await home.identity.write({ ...identity, pendingInvitation: null });
  report({ event: 'enrolled', keyId, name, role, leafHash });
}

/** @returns the enrolment's leaf hash; null when this key was enrolled before and its home folder has forgotten it. */
async function requestEnrolment(parts: EnrolParts, identity: Identity, invitation: Invitation, signal: AbortSignal): Promise<string | null> {
  const { backOff, random, report } = parts;
  const http = new CoordinatorHttp(identity.url);
  const body = buildEnrolment(parts.crypto, parts.signer, invitation, identity.name);
  let answer;
  try {
    answer = await retrying(() => http.postJson('/v1/contributors', body, enrolResponse, { signal }), {
      signal, backOff, random, isTransient,
      onRetry: (error, retryInMs) => report({ event: 'offline', ...describeError(error), retryInMs }),
    });
  } catch (error) {
    if (!(error instanceof RefusedRequest)) throw error;
    if (error.code === 'contributor.enrolled') return null;
    // A refused key belongs to no federation: the next start may bring another invitation.
    await parts.home.identity.remove();
    throw asEnrolmentError(error);
  }
  if (answer.keyId === identity.keyId) return answer.leafHash;
  throw new WorkerError('enrolment.other-key', 'The coordinator confirmed another key than the one sent; do not trust it.');
}

/** A refused enrolment ends the process with the status of a refused worker, whatever room its code is from. */
function asEnrolmentError(error: WorkerError): WorkerError {
  const code = /^(invitation|enrolment)\./.test(error.code) ? error.code : `enrolment.${error.code}`;
  return new WorkerError(code, error.message, { cause: error });
}
