import { Injectable } from '@nestjs/common';
import { fromBase64url, fromHex, toBase64url, toHex } from '@fedseal/chain/bytes';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import type { HandshakeTranscript } from '@fedseal/protocol/session';
import { PROTOCOL_VERSION, isCompatibleVersion } from '@fedseal/protocol/version';
import { ServerAddress } from '../../config/server-address.js';
import { Ledger } from '../../ledger/ledger.js';
import { CodedError } from '../../observability/coded-error.js';
import { Randomness } from '../../observability/randomness.js';
import { Admission } from '../access/admission.js';
import { SessionTokens } from '../access/session-tokens.js';
import { Challenges } from './challenges.js';
import { handshakeMessage } from './handshake.js';

export interface ServerChallenge extends Omit<HandshakeTranscript, 'keyId' | 'clientNonce'> {
  readonly operatorKey: string;
  readonly signature: string;
}

/** The mutual handshake: the operator's key proves whom a worker talks to, the worker's key proves who it is. */
@Injectable()
export class SessionsService {
  constructor(
    private readonly ledger: Ledger,
    private readonly address: ServerAddress,
    private readonly admission: Admission,
    private readonly challenges: Challenges,
    private readonly tokens: SessionTokens,
    private readonly randomness: Randomness,
  ) {}

  /** @throws CodedError `protocol.incompatible`, `contributor.not-found`, `contributor.revoked` */
  async challenge(request: { protocol: string; keyId: string; clientNonce: string }): Promise<ServerChallenge> {
    requireCompatible(request.protocol);
    await this.admission.enrolled(request.keyId);
    const { chainId: chain, operator } = this.ledger;
    const transcript: HandshakeTranscript = {
      chain,
      server: this.address.url,
      keyId: request.keyId,
      clientNonce: request.clientNonce,
      serverNonce: toHex(this.randomness.bytes(32)),
    };
    this.challenges.remember(transcript);
    return {
      chain,
      server: transcript.server,
      serverNonce: transcript.serverNonce,
      operatorKey: toHex(operator.publicKey),
      signature: toBase64url(operator.sign(handshakeMessage('server', transcript))),
    };
  }

  /** @throws CodedError `handshake.nonce`, `handshake.signature`, `contributor.*` */
  async open(request: { keyId: string; serverNonce: string; signature: string }): Promise<{ token: string; expiresAtMs: number }> {
    const transcript = this.challenges.take(request.keyId, request.serverNonce);
    if (transcript === undefined) {
      throw new CodedError('handshake.nonce', 'This challenge was answered before or has expired; ask for a new one with POST /v1/session/challenge.');
    }
    const contributor = await this.admission.enrolled(request.keyId);
    const message = handshakeMessage('client', transcript);
    if (!nodeCrypto.verify(fromBase64url(request.signature), message, fromHex(contributor.key))) {
      throw new CodedError('handshake.signature', 'The signature over the handshake is not by this key; sign the transcript of this challenge with the enrolled key.');
    }
    return this.tokens.issue(contributor.keyId);
  }
}

/** @throws CodedError `protocol.incompatible` */
export function requireCompatible(protocol: string): void {
  if (isCompatibleVersion(protocol)) return;
  const [major = '0', minor = '0'] = PROTOCOL_VERSION.split('.');
  const least = `${major}.${Math.max(0, Number(minor) - 1)}`;
  throw new CodedError(
    'protocol.incompatible',
    `This coordinator speaks protocol ${PROTOCOL_VERSION} and understands ${least} to ${major}.${Number(minor) + 1}; install a worker of a version that speaks one of these.`,
  );
}
