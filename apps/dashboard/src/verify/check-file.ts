import { toHex } from '@fedseal/chain/bytes';
import { nobleCrypto } from '@fedseal/chain/crypto/noble-crypto';
import { decodeChainFile } from '@fedseal/chain/file/chain-file';
import { decodeReceipt } from '@fedseal/chain/receipt/receipt';
import { verifyReceipt } from '@fedseal/chain/receipt/verify-receipt';
import { verifyChain, type ChainCallbacks, type ChainReport } from '@fedseal/chain/verify/verify-chain';
import { federation } from '../rest/ledger-views.js';
import { readBytes } from './served-chain.js';
import type { Naming, ReceiptFacts } from './verdict.js';

export type FileKind = 'receipt' | 'chain' | 'model';

/** By its first bytes: JSON, a chain file, or else something that a chain may name by its hash. */
export function kindOf(bytes: Uint8Array): FileKind {
  if (bytes[0] === '{'.charCodeAt(0)) return 'receipt';
  return new TextDecoder().decode(bytes.subarray(0, 8)) === 'FSLCHAIN' ? 'chain' : 'model';
}

/** @throws ChainError */
export async function checkReceiptFile(bytes: Uint8Array): Promise<ReceiptFacts> {
  const { chainId, name, leaf, signers, block, status, limits } = verifyReceipt(decodeReceipt(bytes), nobleCrypto);
  return {
    chainId, name, status, limits,
    leaf: { index: leaf.index, kind: leaf.kind, hash: leaf.leafHash },
    signers: signers.map((signer) => ({ keyId: signer.keyId, role: signer.role, name: signer.name })),
    block: { height: block.height, hash: block.blockHash },
    isOfThisServer: await isOfThisServer(chainId),
  };
}

/** @throws ChainError @param onSize told how many leaves the file holds */
export function checkChainFile(bytes: Uint8Array, callbacks: ChainCallbacks, onSize: (size: number) => void): Promise<ChainReport> {
  const file = decodeChainFile(bytes);
  onSize(file.leaves.length);
  return verifyChain(file, nobleCrypto, callbacks);
}

/** SHA-256 of a file, hex. */
export function nameOf(bytes: Uint8Array): string {
  return toHex(nobleCrypto.sha256(bytes));
}

/** Collects every leaf that names a file as a model: the callback to pass on, and what it found. */
export function modelFinder(sha256: string): { onLeaf: NonNullable<ChainCallbacks['onLeaf']>; namings: Naming[] } {
  const namings: Naming[] = [];
  return {
    namings,
    onLeaf: (leaf, { index, block }) => {
      if (leaf.kind === 'run.create' && leaf.payload.initial.sha256 === sha256) namings.push({ run: leaf.payload.run, round: 0, leaf: index, block });
      if (leaf.kind === 'round.close' && leaf.payload.predicate.model.sha256 === sha256) {
        namings.push({ run: leaf.payload.predicate.run, round: leaf.payload.predicate.round, leaf: index, block });
      }
    },
  };
}

async function isOfThisServer(chainId: string): Promise<boolean | undefined> {
  const bytes = await readBytes('/v1/federation').catch(() => undefined);
  const parsed = federation.safeParse(bytes === undefined ? undefined : JSON.parse(new TextDecoder().decode(bytes)));
  return parsed.success ? parsed.data.chain === chainId : undefined;
}
