import { fromBase64url, fromHex, toBase64url, toHex } from '@fedseal/chain/bytes';
import type { Signer } from '@fedseal/chain/crypto/crypto';
import { keyIdOf } from '@fedseal/chain/crypto/key-id';
import { preAuthEncoding } from '@fedseal/chain/crypto/pae';
import { encodeCanonicalJson } from '@fedseal/chain/json/canonical-json';
import { leafPayloadType } from '@fedseal/chain/leaf/kinds';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import { INVITATION_PREFIX, challengeResponse, invitation, sessionResponse, type Invitation } from '@fedseal/protocol/session';
import { PROTOCOL_VERSION } from '@fedseal/protocol/version';
import { handshakeMessage } from '../contributors/session/handshake.js';

/** Reads an invitation code. @throws ZodError, SyntaxError for one that is damaged */
export function readInvitation(code: string): Invitation {
  const json = new TextDecoder().decode(fromBase64url(code.slice(INVITATION_PREFIX.length)));
  return invitation.parse(JSON.parse(json));
}

/** One worker's way in over HTTP: enrolment once, then a session by the mutual handshake each time it connects. */
export class LightSession {
  readonly keyId: string;

  constructor(
    private readonly url: string,
    private readonly invited: Invitation,
    private readonly signer: Signer,
    private readonly randomBytes: (length: number) => Uint8Array,
  ) {
    this.keyId = toHex(signer.keyId);
  }

  async enrol(name: string): Promise<void> {
    const { chain, role, secret } = this.invited;
    const payload = encodeCanonicalJson({
      chain, key: toHex(this.signer.publicKey), name, role, invitation: toHex(nodeCrypto.sha256(fromBase64url(secret))),
    });
    const signature = this.signer.sign(preAuthEncoding(leafPayloadType('contributor.enrol'), payload));
    await this.post('/v1/contributors', { secret, payload: toBase64url(payload), signature: toBase64url(signature) });
  }

  /** @returns the session's token @throws Error when the other side does not hold the operator's key */
  async open(): Promise<string> {
    const { keyId } = this;
    const clientNonce = toHex(this.randomBytes(32));
    const answer = await this.post('/v1/session/challenge', { protocol: PROTOCOL_VERSION, keyId, clientNonce });
    const { chain, server, serverNonce, operatorKey, signature } = challengeResponse.parse(answer);
    const transcript = { chain, server, keyId, clientNonce, serverNonce };
    const key = fromHex(operatorKey);
    const isOperator = toHex(keyIdOf(nodeCrypto, key)) === this.invited.operator && chain === this.invited.chain;
    if (!isOperator || !nodeCrypto.verify(fromBase64url(signature), handshakeMessage('server', transcript), key)) {
      throw new Error('The coordinator is not the one of the invitation.');
    }
    const mine = toBase64url(this.signer.sign(handshakeMessage('client', transcript)));
    return sessionResponse.parse(await this.post('/v1/session', { keyId, serverNonce, signature: mine })).token;
  }

  private async post(path: string, body: unknown): Promise<unknown> {
    const response = await fetch(this.url + path, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`POST ${path} was answered ${response.status}: ${text}`);
    return JSON.parse(text);
  }
}
