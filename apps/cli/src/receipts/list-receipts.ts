import { readFile } from 'node:fs/promises';
import { ChainError } from '@fedseal/chain/chain-error';
import { decodePromise } from '@fedseal/chain/promise/promise';
import { verifyReceiptBytes } from '../verify/verify-receipt-file.js';
import { filesOf, type WorkerFolder } from './worker-homes.js';

/** One update of a worker, and what the worker has in hand for it. */
export interface ReceiptRow {
  readonly worker: string;
  readonly run: string;
  readonly round: number;
  readonly attempt: number;
  /** `promised`: no receipt yet; `refused`: its receipt does not verify. */
  readonly state: 'sealed' | 'sealed, unlinked' | 'promised' | 'refused';
  /** Where the promise was broken: the file that proves it. */
  readonly omission: string | null;
  readonly leaf: number | null;
  readonly block: number | null;
  readonly promisedBy: number | null;
  /** The receipt; the promise where there is none. */
  readonly file: string;
  /** Why the receipt was refused. */
  readonly rule: string | null;
}

/** Every update that a worker has a promise or a receipt of, each receipt verified. No network. */
export async function listReceipts(worker: WorkerFolder): Promise<ReceiptRow[]> {
  const [promises, receipts, evidence] = await Promise.all([filesOf(worker, 'promises'), filesOf(worker, 'receipts'), filesOf(worker, 'evidence')]);
  const rows: ReceiptRow[] = [];
  for (const key of new Set([...promises.keys(), ...receipts.keys()])) {
    const [run = '', round, attempt] = key.split('.');
    const promise = promises.get(key);
    const common = {
      worker: worker.name, run, round: Number(round), attempt: Number(attempt), omission: evidence.get(`omission-${key}`) ?? null,
      promisedBy: promise === undefined ? null : await promisedHeight(promise),
    };
    const receipt = receipts.get(key);
    if (receipt !== undefined) rows.push({ ...common, file: receipt, ...(await stateOf(receipt)) });
    else if (promise !== undefined) rows.push({ ...common, file: promise, state: 'promised', leaf: null, block: null, rule: null });
  }
  return rows;
}

/** What accuses the operator beside broken promises. */
export async function listAccusations(worker: WorkerFolder): Promise<string[]> {
  const evidence = await filesOf(worker, 'evidence');
  return [...evidence].filter(([name]) => !name.startsWith('omission-')).map(([, file]) => file);
}

async function stateOf(file: string): Promise<Pick<ReceiptRow, 'state' | 'leaf' | 'block' | 'rule'>> {
  try {
    const { status, leaf, block } = verifyReceiptBytes(await readFile(file));
    return { state: status, leaf: leaf.index, block: block.height, rule: null };
  } catch (error) {
    if (!(error instanceof ChainError)) throw error;
    return { state: 'refused', leaf: null, block: null, rule: error.rule };
  }
}

async function promisedHeight(file: string): Promise<number | null> {
  try {
    return decodePromise(await readFile(file)).promise.height;
  } catch (error) {
    if (!(error instanceof ChainError)) throw error;
    return null;
  }
}

/** The rows as a table. */
export function describeRows(rows: readonly ReceiptRow[]): string[] {
  const cells = rows.map((row) => [
    row.worker, row.run, `${row.round}${row.attempt > 1 ? ` (attempt ${row.attempt})` : ''}`, stateText(row), row.leaf === null ? '–' : String(row.leaf), row.file,
  ]);
  const table = [['worker', 'run', 'round', 'state', 'leaf', 'file'], ...cells];
  const widths = table[0]!.map((_, column) => Math.max(...table.map((line) => line[column]!.length)));
  return table.map((line) => line.map((cell, column) => (column === line.length - 1 ? cell : cell.padEnd(widths[column]!))).join('  '));
}

function stateText({ state, block, promisedBy, rule, omission }: ReceiptRow): string {
  const broken = omission === null ? '' : '; PROMISE BROKEN';
  switch (state) {
    case 'promised':
      return `promised by block ${promisedBy ?? '?'}${broken}`;
    case 'refused':
      return `DOES NOT VERIFY (${rule})`;
    default:
      return `${state} in block ${block}${broken}`;
  }
}
