import { readFile } from 'node:fs/promises';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import { decodeReceipt } from '@fedseal/chain/receipt/receipt';
import { verifyReceipt, type ReceiptReport } from '@fedseal/chain/receipt/verify-receipt';
import { CliError, EXIT } from '../cli-error.js';

/** @returns the bytes when the file is a JSON document, which a chain file never is */
export async function readReceiptFile(path: string): Promise<Uint8Array | undefined> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new CliError('receipt.missing', `The file ${path} cannot be read. Name a receipt or an export.`, EXIT.usage, { cause });
  });
  return bytes[0] === '{'.charCodeAt(0) ? bytes : undefined;
}

/** Checks a receipt with nothing but itself. @throws ChainError */
export function verifyReceiptBytes(bytes: Uint8Array): ReceiptReport {
  return verifyReceipt(decodeReceipt(bytes), nodeCrypto);
}

/** A verified receipt in words. */
export function describeReceipt(report: ReceiptReport): string[] {
  const { leaf, signers, block, checkpoint, status } = report;
  return [
    `Receipt of "${report.name}", ${report.chainId}`,
    `  leaf          ${leaf.index}, ${leaf.kind}, ${leaf.leafHash}`,
    ...signers.map(({ keyId }) => `  signed by     ${keyId}`),
    `  sealed in     block ${block.height}, ${block.blockHash}, ${new Date(block.timestampMs).toISOString()} by the operator's clock`,
    `  checkpoint    ${checkpoint.size} leaves, root ${checkpoint.root}, signed by the operator`,
    ...report.artifacts.map(({ role, sha256 }) => `  ${role.padEnd(13)} ${sha256}`),
    `VERIFIED (${status}). What a receipt cannot show:`,
    ...report.limits.map((limit) => `  - ${limit}`),
  ];
}
