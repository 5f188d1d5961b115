import { fromHex, toHex } from '@fedseal/chain/bytes';
import type { Crypto, Signer } from '@fedseal/chain/crypto/crypto';
import { challengeRequest, challengeResponse, sessionRequest, sessionResponse } from '@fedseal/protocol/session';
import { PROTOCOL_VERSION } from '@fedseal/protocol/version';
import type { CoordinatorHttp } from '../coordinator/http.js';
import { answerChallenge, checkChallenge } from './handshake.js';

export interface Session {
  readonly token: string;
  readonly expiresAtMs: number;
  /** Name the coordinator gave itself in the signed transcript. */
  readonly server: string;
}

/** A token this close to its end is renewed before it is used, so that an upload does not outlive it. */
const MARGIN_MS = 30_000;

/** The mutual handshake, and the token it yields. */
export class Sessions {
  private current: Session | undefined;
  private provenKey: Uint8Array | undefined;

  constructor(
    private readonly parts: {
      readonly http: CoordinatorHttp;
      readonly crypto: Crypto;
      readonly signer: Signer;
      readonly chain: string;
      readonly operator: string;
      readonly randomBytes: (length: number) => Uint8Array;
      readonly nowMs: () => number;
    },
  ) {}

  /** The operator's public key, as the last handshake proved it. */
  get operatorKey(): Uint8Array | undefined {
    return this.provenKey;
  }

  /** A new session. @throws WorkerError `session.*`, RefusedRequest, Unreachable */
  async open(signal: AbortSignal): Promise<Session> {
    const { http, crypto, signer, chain, operator, randomBytes } = this.parts;
    const keyId = toHex(signer.keyId);
    const clientNonce = toHex(randomBytes(32));
    const request = challengeRequest.parse({ protocol: PROTOCOL_VERSION, keyId, clientNonce });
    const challenge = await http.postJson('/v1/session/challenge', request, challengeResponse, { signal });
    const transcript = checkChallenge(crypto, { chain, operator, keyId, clientNonce }, challenge);
    this.provenKey = fromHex(challenge.operatorKey);
    const answer = sessionRequest.parse({
      keyId, serverNonce: challenge.serverNonce, signature: answerChallenge(signer, transcript),
    });
    const { token, expiresAtMs } = await http.postJson('/v1/session', answer, sessionResponse, { signal });
    this.current = { token, expiresAtMs, server: challenge.server };
    return this.current;
  }

  /** The session's token, renewed when it is about to end. */
  async token(signal: AbortSignal): Promise<string> {
    if (this.current && this.current.expiresAtMs - MARGIN_MS > this.parts.nowMs()) return this.current.token;
    return (await this.open(signal)).token;
  }

  /** Forgets a token that the coordinator no longer takes. */
  forget(): void {
    this.current = undefined;
  }
}
