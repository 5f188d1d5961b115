import { toHex } from '@fedseal/chain/bytes';
import type { Signer } from '@fedseal/chain/crypto/crypto';
import type { Header } from '@fedseal/chain/header/header';
import { leafHash } from '@fedseal/chain/leaf/leaf-hash';
import type { Payload } from '@fedseal/chain/leaf/payloads';
import { signLeaf } from '@fedseal/chain/leaf/sign-leaf';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import { isKeyName } from '@fedseal/chain/note/key-name';
import { difficultyFor } from '@fedseal/chain/pow/target';
import type { LedgerOptions } from './ledger-options.js';

const ZERO_HASH = new Uint8Array(32);
const SALT_BYTES = 16;
const MAX_ORIGIN = 80;

/** The genesis block before its search: the signed charter is its only leaf. */
export interface GenesisTemplate {
  readonly charter: Uint8Array;
  readonly header: Header;
}

/**
 * @param triesPerSecond measured on this machine, all miner threads together
 * @param salt 16 random bytes: two federations of one name still have different chain ids
 */
export function genesisTemplate(
  options: LedgerOptions,
  operator: Signer,
  { nowMs, triesPerSecond, salt }: { nowMs: number; triesPerSecond: number; salt: Uint8Array },
): GenesisTemplate {
  const { sigmaPpm, window, floor, startMs } = options.proofOfWork;
  const measured = BigInt(Math.max(1, Math.round((triesPerSecond * startMs) / 1000)));
  const start = difficultyFor(measured > floor ? measured : floor);
  const payload: Payload<'charter'> = {
    version: 1,
    name: options.name,
    createdAtMs: nowMs,
    salt: toHex(salt.subarray(0, SALT_BYTES)),
    operator: toHex(operator.publicKey),
    founders: [],
    origin: originOf(options, salt),
    proofOfWork: { sigmaPpm, window, floor: String(floor), start },
    witnesses: { quorum: 0, keys: [] },
  };
  const charter = signLeaf('charter', payload, [operator]);
  const header: Header = {
    height: 0,
    chainId: ZERO_HASH,
    previousHash: ZERO_HASH,
    treeSize: 1,
    // RFC 6962: the root over one leaf is its hash.
    treeRoot: leafHash(nodeCrypto, charter),
    rounds: 0,
    sealStartMs: 0,
    timestampMs: 0,
    ...start,
    extraNonce: new Uint8Array(16),
    nonce: 0n,
  };
  return { charter, header };
}

/** A name without a scheme that no other federation has, and that can name the key of its checkpoints. */
function originOf({ origin }: LedgerOptions, salt: Uint8Array): string {
  return origin !== undefined && origin.length <= MAX_ORIGIN && isKeyName(origin) ? origin : `fedseal.local/${toHex(salt.subarray(0, 8))}`;
}

/** The checkpoint origin of a coordinator that the world reaches at `publicUrl`: its host and path. */
export function originFromUrl(publicUrl: string | undefined): string | undefined {
  if (publicUrl === undefined) return undefined;
  const { host, pathname } = new URL(publicUrl);
  return `${host}${pathname}`.replace(/\/+$/, '');
}
