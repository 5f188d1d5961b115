import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toHex } from '@fedseal/chain/bytes';
import { ChainError } from '@fedseal/chain/chain-error';
import type { ReadLeaf } from '@fedseal/chain/leaf/read-leaf';
import { decodeReceipt } from '@fedseal/chain/receipt/receipt';
import { CliError, EXIT } from '../cli-error.js';
import { filesOf, type WorkerFolder } from './worker-homes.js';

/** The receipt of the leaf with this index, in any of the homes. @throws CliError `receipts.unknown` */
export async function findReceipt(index: number, workers: readonly WorkerFolder[]): Promise<string> {
  for (const worker of workers) {
    for (const file of [...(await filesOf(worker, 'receipts')).values(), join(worker.folder, 'federation.json')]) {
      if ((await indexOf(file)) === index) return file;
    }
  }
  throw new CliError(
    'receipts.unknown', `None of the receipts here is of leaf ${index}. \`fedseal receipt list\` shows those that are; \`fedseal receipt get ${index} --out FILE\` asks the coordinator.`, EXIT.usage,
  );
}

async function indexOf(file: string): Promise<number | undefined> {
  try {
    return decodeReceipt(await readFile(file)).index;
  } catch (error) {
    if (error instanceof ChainError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** What a leaf says: its JSON, or the header that a link holds, as hex. */
export function leafContent(leaf: ReadLeaf): unknown {
  return leaf.kind === 'block.link' ? { header: toHex(leaf.payload) } : leaf.payload;
}
