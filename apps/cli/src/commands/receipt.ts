import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { ApiClient } from '../api/api-client.js';
import { CliError, EXIT } from '../cli-error.js';
import { readConfig } from '../config/cli-config.js';
import type { Output } from '../output.js';
import { describeRows, listAccusations, listReceipts } from '../receipts/list-receipts.js';
import { findReceipt, leafContent } from '../receipts/show-receipt.js';
import { describePromise, isPromise, verifyPromiseFile } from '../receipts/verify-promise-file.js';
import { findWorkerHomes } from '../receipts/worker-homes.js';
import { verifyEvidence } from '../verify/verify-evidence.js';
import { describeReceipt, readReceiptFile, verifyReceiptBytes } from '../verify/verify-receipt-file.js';
import { runCommand, withFormat } from './command.js';

interface ReceiptFlags {
  readonly format: 'text' | 'json';
  readonly home?: string;
  readonly url?: string;
  readonly out?: string;
  readonly operator?: string;
  readonly with?: string;
}

const HOME = "a worker's home, or the data folder of a federation with workers in it";

/** `fedseal receipt …`: evidence that a leaf is sealed, promised or left out; JSON files, checked with no network. */
export function receiptCommand(program: Command): void {
  const receipt = program.command('receipt').description('fetch, list, show and check receipts of sealed leaves and other evidence');

  withFormat(receipt.command('get').argument('<leaf>', 'index of the leaf').description('fetch the receipt of a leaf, check it and keep it'))
    .requiredOption('--out <file>', 'file to write')
    .option('--home <dir>', 'data folder of the federation')
    .option('--url <url>', "the coordinator's address")
    .action((leaf: string, flags: ReceiptFlags) => runCommand(flags, async (out) => {
      if (!/^\d{1,15}$/.test(leaf)) throw new CliError('usage.leaf', 'Name the leaf by its index, a whole number.', EXIT.usage);
      const config = readConfig();
      const api = await ApiClient.connect({ ...config, home: flags.home ?? config.home, url: flags.url ?? config.url });
      const bytes = await api.bytes(`/v1/leaves/${leaf}/receipt`);
      const report = verifyReceiptBytes(bytes);
      await writeFile(flags.out!, bytes);
      out.result({ verified: true, file: flags.out, leaf: report.leaf.index, kind: report.leaf.kind, block: report.block, status: report.status });
      for (const line of describeReceipt(report)) out.line(line);
    }));

  withFormat(receipt.command('list').description('what workers keep: receipts, each checked, open promises, and evidence against the operator'))
    .option('--home <dir>', HOME)
    .action((flags: ReceiptFlags) => runCommand(flags, (out) => list(flags, out)));

  withFormat(receipt.command('show').argument('<file or index>', 'a receipt, or the index of a leaf that a worker keeps the receipt of').description('check a receipt and show what its leaf says'))
    .option('--home <dir>', HOME)
    .action((which: string, flags: ReceiptFlags) => runCommand(flags, async (out) => {
      const byIndex = !existsSync(which) && /^\d{1,15}$/.test(which);
      const file = byIndex ? await findReceipt(Number(which), await homes(flags)) : which;
      const report = verifyReceiptBytes(await readJson(file));
      const says = leafContent(report.leaf.content);
      out.result({ verified: true, file, leaf: report.leaf.index, kind: report.leaf.kind, leafHash: report.leaf.leafHash, block: report.block, status: report.status, says });
      for (const line of describeReceipt(report)) out.line(line);
      out.line(`What the leaf says (${file}):`);
      out.line(JSON.stringify(says, null, 2));
    }));

  withFormat(receipt.command('verify').argument('<file>', 'a receipt, promise, omission, contradiction or conflict').description('check a piece of evidence with nothing but itself'))
    .option('--with <receipt>', "for a promise: a receipt of the same federation, which brings the operator's key (default: federation.json of the worker's home)")
    .option('--operator <key>', "for a promise: the operator's public key, 64 hex digits")
    .action((file: string, flags: ReceiptFlags) => runCommand(flags, async (out) => {
      const bytes = await readJson(file);
      if (isPromise(bytes)) {
        const report = await verifyPromiseFile(file, bytes, flags);
        out.result({ verified: true, target: 'promise', ...report.promise, operator: report.operator });
        for (const line of describePromise(report)) out.line(line);
        return;
      }
      const { target, facts, lines } = verifyEvidence(bytes);
      out.result({ verified: true, target, ...facts });
      for (const line of lines) out.line(line);
    }));
}

/** @returns 1 when a receipt that is kept does not verify */
async function list(flags: ReceiptFlags, out: Output): Promise<number> {
  const workers = await homes(flags);
  const rows = (await Promise.all(workers.map(listReceipts))).flat();
  const accusations = (await Promise.all(workers.map(listAccusations))).flat();
  out.result({ receipts: rows, evidence: accusations });
  if (rows.length === 0) out.line('No promise and no receipt is kept here yet.');
  else for (const line of describeRows(rows)) out.line(line);
  for (const { omission } of rows) if (omission !== null) out.line(`EVIDENCE of a broken promise: ${omission}`);
  for (const file of accusations) out.line(`EVIDENCE of another history: ${file}`);
  return rows.some(({ state }) => state === 'refused') ? EXIT.refuted : EXIT.ok;
}

async function homes(flags: ReceiptFlags) {
  return findWorkerHomes(flags.home ?? readConfig().home);
}

async function readJson(file: string): Promise<Uint8Array> {
  const bytes = await readReceiptFile(file);
  if (bytes === undefined) throw new CliError('receipt.format', `${file} is no evidence: that is a JSON file.`, EXIT.usage);
  return bytes;
}
