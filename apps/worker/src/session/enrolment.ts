import { fromBase64url, toBase64url, toHex } from '@fedseal/chain/bytes';
import type { Crypto, Signer } from '@fedseal/chain/crypto/crypto';
import { preAuthEncoding } from '@fedseal/chain/crypto/pae';
import { encodeCanonicalJson } from '@fedseal/chain/json/canonical-json';
import { leafPayloadType } from '@fedseal/chain/leaf/kinds';
import type { Payload } from '@fedseal/chain/leaf/payloads';
import type { enrolRequest, Invitation } from '@fedseal/protocol/session';
import type { z } from 'zod';

/**
 * The body of POST /v1/contributors: a contributor.enrol payload signed by the new key alone. The operator adds its
 * signature, so neither side can enrol anybody without the other.
 */
export function buildEnrolment(
  crypto: Crypto,
  signer: Signer,
  invitation: Invitation,
  name: string,
): z.infer<typeof enrolRequest> {
  const payload: Payload<'contributor.enrol'> = {
    chain: invitation.chain,
    key: toHex(signer.publicKey),
    name,
    role: invitation.role,
    invitation: toHex(crypto.sha256(fromBase64url(invitation.secret))),
  };
  const bytes = encodeCanonicalJson(payload);
  const signature = signer.sign(preAuthEncoding(leafPayloadType('contributor.enrol'), bytes));
  return { secret: invitation.secret, payload: toBase64url(bytes), signature: toBase64url(signature) };
}
