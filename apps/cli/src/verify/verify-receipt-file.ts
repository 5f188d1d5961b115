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
    ...sayingsOf(leaf.content).map((saying) => `  says          ${saying}`),
    ...signers.map(({ keyId, role, name }) => `  signed by     ${name === undefined ? `the ${role}` : `${name}, ${role}`}, keyId ${keyId}`),
    `  sealed in     block ${block.height}, ${block.blockHash}, ${new Date(block.timestampMs).toISOString()} by the operator's clock`,
    `  checkpoint    ${checkpoint.size} leaves, root ${checkpoint.root}, signed by the operator`,
    ...report.artifacts.map(({ role, sha256 }) => `  ${role.padEnd(13)} ${sha256}`),
    `VERIFIED (${status}). What a receipt cannot show:`,
    ...report.limits.map((limit) => `  - ${limit}`),
  ];
}

/** What kind of statement the leaf makes, as far as one line tells it. */
function sayingsOf(leaf: ReceiptReport['leaf']['content']): string[] {
  switch (leaf.kind) {
    case 'contributor.enrol':
      return [`${leaf.payload.name} joins as ${leaf.payload.role} with the key ${leaf.payload.key}`];
    case 'run.create':
      return [`the run "${leaf.payload.run}" begins`];
    case 'run.end':
      return [`the run "${leaf.payload.run}" ended: ${leaf.payload.outcome} (${leaf.payload.reason}) after ${leaf.payload.rounds} rounds`];
    case 'round.open':
      return [`round ${leaf.payload.round} of "${leaf.payload.run}" opens, attempt ${leaf.payload.attempt}, ${leaf.payload.cohort.size} invited`];
    case 'update.commit':
      return [
        `an update for round ${leaf.payload.round} of "${leaf.payload.run}", attempt ${leaf.payload.attempt}, from ${leaf.payload.examples} examples`,
        `its contributor had verified block ${leaf.payload.seen.height}, ${leaf.payload.seen.blockHash}`,
      ];
    case 'update.verdict':
      return [`in round ${leaf.payload.round} of "${leaf.payload.run}" ${leaf.payload.contributor} is ${leaf.payload.outcome} (${leaf.payload.reason})`];
    case 'round.close': {
      const { run, round, updates } = leaf.payload.predicate;
      return [`round ${round} of "${run}" made its model from ${updates.count} updates`];
    }
    case 'evaluation':
      return [`the model of round ${leaf.payload.round} of "${leaf.payload.run}" was measured on ${leaf.payload.dataset.examples} examples: ${Object.entries(leaf.payload.metrics).map(([name, value]) => `${name} ${value}`).join(', ')}`];
    default:
      return [];
  }
}
