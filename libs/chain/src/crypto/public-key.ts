import { ed25519 } from '@noble/curves/ed25519.js';
import { toHex } from '../bytes.js';
import { ChainError } from '../chain-error.js';

/** Keys that passed, in hex. The check costs a millisecond, and a process asks about the same few keys again and again. */
const passed = new Set<string>();
const MAX_PASSED = 4096;

/**
 * Whether a raw Ed25519 public key may enter the chain. Checked once, where a key is first named: after that every
 * library gives the same answer about its signatures (Chalkias et al., "Taming the many EdDSAs", 2020).
 * @param raw 32 bytes
 * @throws ChainError `key.length`, `key.encoding` (no point, or y ≥ p), `key.small-order`, `key.torsion`
 */
export function checkPublicKey(raw: Uint8Array): void {
  if (raw.length !== 32) throw new ChainError('key.length', `An Ed25519 public key is 32 bytes; these are ${raw.length}.`);
  const name = toHex(raw);
  if (passed.has(name)) return;
  let point;
  try {
    // Strict: y < p, and a point of the curve; x = 0 with the sign bit set is refused too.
    point = ed25519.Point.fromBytes(raw, false);
  } catch (cause) {
    throw new ChainError('key.encoding', 'These 32 bytes are no canonical Ed25519 point; make a new key.', {}, { cause });
  }
  if (point.isSmallOrder()) {
    throw new ChainError('key.small-order', 'This key is of small order: anybody could sign for it; make a new key.');
  }
  if (!point.isTorsionFree()) {
    throw new ChainError('key.torsion', 'This key has a torsion part, so libraries would disagree about it; make a new key.');
  }
  if (passed.size >= MAX_PASSED) passed.clear();
  passed.add(name);
}
