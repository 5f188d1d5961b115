import { toHex } from '@fedseal/chain/bytes';
import type { Crypto } from '@fedseal/chain/crypto/crypto';
import { enrolResponse } from '@fedseal/protocol/session';
import { DEFAULT_BACK_OFF, retrying } from '../coordinator/back-off.js';
import { isTransient, RefusedRequest, type CoordinatorHttp } from '../coordinator/http.js';
import { buildEnrolment } from '../session/enrolment.js';
import { parseInvitation } from '../session/invitation-code.js';
import { WorkerError } from '../worker-error.js';
import { Limit } from './limit.js';
import type { Member } from './member.js';

/** Requests at once: enough to keep the coordinator busy, few enough to share it. */
const AT_ONCE = 16;

/**
 * Enrols every member that has an invitation. Safe to repeat: a key that is enrolled stays so.
 * @returns how many were enrolled now @throws WorkerError, RefusedRequest
 */
export async function enrolMembers(
  parts: { readonly http: CoordinatorHttp; readonly crypto: Crypto; readonly random: () => number },
  members: readonly Member[],
  invitations: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<number> {
  const limit = new Limit(AT_ONCE);
  const outcomes = await Promise.all(members.map((member) => {
    const code = invitations[member.name];
    return code === undefined ? false : limit.run(() => enrolMember(parts, member, code, signal), signal);
  }));
  return outcomes.filter(Boolean).length;
}

async function enrolMember(
  { http, crypto, random }: Parameters<typeof enrolMembers>[0],
  { name, signer }: Member,
  code: string,
  signal: AbortSignal,
): Promise<boolean> {
  const body = buildEnrolment(crypto, signer, parseInvitation(code), name);
  try {
    const { keyId } = await retrying(() => http.postJson('/v1/contributors', body, enrolResponse, { signal }), {
      signal, random, backOff: DEFAULT_BACK_OFF, isTransient,
    });
    if (keyId !== toHex(signer.keyId)) throw new WorkerError('enrolment.other-key', `The coordinator confirmed another key than that of ${name}.`);
    return true;
  } catch (error) {
    if (error instanceof RefusedRequest && error.code === 'contributor.enrolled') return false;
    throw error;
  }
}
