import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fromBase64url, fromHex, toHex } from '@fedseal/chain/bytes';
import { keyIdOf } from '@fedseal/chain/crypto/key-id';
import { OperatorKeys } from '@fedseal/chain/evidence/operator-keys';
import { readCharter } from '@fedseal/chain/evidence/read-charter';
import { readLeaf } from '@fedseal/chain/leaf/read-leaf';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import { decodePromise, verifyPromise, type SealPromise } from '@fedseal/chain/promise/promise';
import { decodeReceipt } from '@fedseal/chain/receipt/receipt';
import { CliError, EXIT } from '../cli-error.js';
import { verifyReceiptBytes } from '../verify/verify-receipt-file.js';

export interface PromiseReport {
  readonly promise: SealPromise;
  /** keyId of the operator's key that signed it, hex. */
  readonly operator: string;
  /** The federation's name, where a receipt told the key. */
  readonly name: string | undefined;
}

/** Whether the file is a promise: the one kind of evidence that carries no charter. */
export function isPromise(bytes: Uint8Array): boolean {
  try {
    const value = JSON.parse(Buffer.from(bytes).toString('utf8')) as Record<string, unknown> | null;
    return value !== null && 'promise' in value && 'signature' in value && !('fedseal' in value);
  } catch {
    return false;
  }
}

/**
 * Checks a promise. It names no key, so the operator's must be told: by itself, or by a receipt of the same federation, whose charter
 * and rotations bring it. A worker's home has such a receipt beside its promises: `federation.json`.
 * @param from `operator` a public key in hex, `with` a receipt's path
 * @throws ChainError, CliError
 */
export async function verifyPromiseFile(
  path: string, bytes: Uint8Array, from: { readonly operator?: string | undefined; readonly with?: string | undefined },
): Promise<PromiseReport> {
  const signed = decodePromise(bytes);
  if (from.operator !== undefined) {
    if (!/^[0-9a-f]{64}$/.test(from.operator)) throw new CliError('usage.operator', 'Give --operator a public key, 64 hex digits.', EXIT.usage);
    const publicKey = fromHex(from.operator);
    return { promise: verifyPromise(signed, { publicKey }, nodeCrypto), operator: toHex(keyIdOf(nodeCrypto, publicKey)), name: undefined };
  }
  const { keys, chain, name } = await readKeys(path, from.with);
  const { opened, signer } = keys.openWith(({ publicKey }) => verifyPromise(signed, { publicKey, chain }, nodeCrypto));
  return { promise: opened, operator: signer.keyId, name };
}

async function readKeys(path: string, given: string | undefined): Promise<{ keys: OperatorKeys; chain: string; name: string }> {
  const place = given ?? join(dirname(dirname(resolve(path))), 'federation.json');
  const bytes = await readFile(place).catch((cause: unknown) => {
    throw new CliError(
      'promise.whose',
      given === undefined
        ? 'A promise does not say whose key signed it. Add --with FILE, a receipt of the same federation, or --operator KEY.'
        : `The file ${place} cannot be read. Name a receipt of the same federation.`,
      EXIT.usage, { cause },
    );
  });
  const { chainId, name } = verifyReceiptBytes(bytes);
  const receipt = decodeReceipt(bytes);
  const rotations = receipt.enrolment.map(({ leaf }) => leaf).filter((leaf) => readLeaf(fromBase64url(leaf)).kind === 'operator.rotate');
  return { keys: OperatorKeys.of(readCharter(receipt, nodeCrypto), rotations, chainId, nodeCrypto), chain: chainId, name };
}

/** A promise that holds, in words. */
export function describePromise({ promise, operator, name }: PromiseReport): string[] {
  return [
    `Promise of ${name === undefined ? 'the operator' : `the operator of "${name}"`}, ${promise.chain}`,
    `  leaf          ${promise.leafHash}`,
    `  sealed by     block ${promise.height}, and found by ${new Date(promise.notAfterMs).toISOString()}`,
    `  given on      ${new Date(promise.issuedAtMs).toISOString()}, signed by the key ${operator}`,
    'VERIFIED. Whether it was kept, a receipt of the leaf shows; that it was broken, an omission file.',
  ];
}
