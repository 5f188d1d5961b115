import { preAuthEncoding } from '@fedseal/chain/crypto/pae';
import { encodeCanonicalJson } from '@fedseal/chain/json/canonical-json';
import { HANDSHAKE_CLIENT_TYPE, HANDSHAKE_SERVER_TYPE, type HandshakeTranscript } from '@fedseal/protocol/session';

/**
 * The bytes that one side of the handshake signs: DSSE's pre-authentication encoding of the transcript, under a type
 * that no leaf has, so that a signature made here can never be one.
 */
export function handshakeMessage(side: 'server' | 'client', transcript: HandshakeTranscript): Uint8Array {
  const type = side === 'server' ? HANDSHAKE_SERVER_TYPE : HANDSHAKE_CLIENT_TYPE;
  return preAuthEncoding(type, encodeCanonicalJson(transcript));
}
