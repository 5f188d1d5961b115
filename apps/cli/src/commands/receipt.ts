import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { ApiClient } from '../api/api-client.js';
import { CliError, EXIT } from '../cli-error.js';
import { readConfig } from '../config/cli-config.js';
import { describeReceipt, readReceiptFile, verifyReceiptBytes } from '../verify/verify-receipt-file.js';
import { runCommand, withFormat } from './command.js';

interface ReceiptFlags {
  readonly format: 'text' | 'json';
  readonly home?: string;
  readonly url?: string;
  readonly out?: string;
}

/** `fedseal receipt …`: evidence that a leaf is sealed, one JSON file, checked with no network. */
export function receiptCommand(program: Command): void {
  const receipt = program.command('receipt').description('fetch and check receipts of sealed leaves');

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

  withFormat(receipt.command('verify').argument('<file>', 'a receipt').description('check a receipt with nothing but itself'))
    .action((file: string, flags: ReceiptFlags) => runCommand(flags, async (out) => {
      const bytes = await readReceiptFile(file);
      if (bytes === undefined) throw new CliError('receipt.format', `${file} is not a receipt: a receipt is a JSON file.`, EXIT.usage);
      const report = verifyReceiptBytes(bytes);
      out.result({ verified: true, leaf: report.leaf.index, kind: report.leaf.kind, block: report.block, status: report.status });
      for (const line of describeReceipt(report)) out.line(line);
    }));
}
