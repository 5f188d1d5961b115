import { fromBase64url, fromHex, toBase64url, toHex } from '@fedseal/chain/bytes';
import type { Crypto, Signer } from '@fedseal/chain/crypto/crypto';
import { keyIdOf } from '@fedseal/chain/crypto/key-id';
import { preAuthEncoding } from '@fedseal/chain/crypto/pae';
import { encodeCanonicalJson } from '@fedseal/chain/json/canonical-json';
import {
  HANDSHAKE_CLIENT_TYPE, HANDSHAKE_SERVER_TYPE, type challengeResponse, type HandshakeTranscript,
} from '@fedseal/protocol/session';
import type { z } from 'zod';
import { WorkerError } from '../worker-error.js';

/** What this worker holds the other side to. */
export interface HandshakeExpectation {
  readonly chain: string;
  /** keyId of the operator, from the invitation. */
  readonly operator: string;
  readonly keyId: string;
  readonly clientNonce: string;
}

/**
 * Checks that the other side is the operator of the invitation, before anything is signed for it.
 * @returns the transcript both sides sign.
 * @throws WorkerError `session.wrong-chain`, `session.wrong-operator`, `session.bad-signature`
 */
export function checkChallenge(
  crypto: Crypto,
  expected: HandshakeExpectation,
  challenge: z.infer<typeof challengeResponse>,
): HandshakeTranscript {
  if (challenge.chain !== expected.chain) {
    throw new WorkerError(
      'session.wrong-chain',
      `The coordinator serves the chain ${challenge.chain}, not ${expected.chain} of the invitation; check the address.`,
    );
  }
  const operatorKey = fromHex(challenge.operatorKey);
  if (toHex(keyIdOf(crypto, operatorKey)) !== expected.operator) {
    throw new WorkerError(
      'session.wrong-operator',
      'The coordinator shows an operator key that is not the one in the invitation; do not trust it, ask the operator for its key id.',
    );
  }
  const transcript: HandshakeTranscript = {
    chain: expected.chain,
    server: challenge.server,
    keyId: expected.keyId,
    clientNonce: expected.clientNonce,
    serverNonce: challenge.serverNonce,
  };
  const message = preAuthEncoding(HANDSHAKE_SERVER_TYPE, encodeCanonicalJson(transcript));
  if (!crypto.verify(decodeSignature(challenge.signature), message, operatorKey)) {
    throw new WorkerError(
      'session.bad-signature',
      'The coordinator could not prove that it holds the operator\'s key; somebody may stand between you and it.',
    );
  }
  return transcript;
}

/** This side's half: the signature of POST /v1/session, base64url. */
export function answerChallenge(signer: Signer, transcript: HandshakeTranscript): string {
  return toBase64url(signer.sign(preAuthEncoding(HANDSHAKE_CLIENT_TYPE, encodeCanonicalJson(transcript))));
}

function decodeSignature(text: string): Uint8Array {
  try {
    return fromBase64url(text);
  } catch {
    return new Uint8Array();
  }
}
