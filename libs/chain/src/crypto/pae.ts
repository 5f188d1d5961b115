import { concatBytes, utf8 } from '../bytes.js';

/**
 * DSSE's pre-authentication encoding (secure-systems-lab/dsse, protocol.md): what a signature covers.
 * `"DSSEv1" SP len(type) SP type SP len(payload) SP payload`, lengths in decimal, so that a payload can never be
 * read under another type.
 */
export function preAuthEncoding(type: string, payload: Uint8Array): Uint8Array {
  const name = utf8(type);
  return concatBytes(utf8(`DSSEv1 ${name.length} `), name, utf8(` ${payload.length} `), payload);
}
