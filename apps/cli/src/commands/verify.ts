import type { Command } from 'commander';
import { openExport, verifyExport } from '../verify/chain-export.js';
import { chainFacts, describeChain } from '../verify/describe-chain.js';
import { describeReceipt, readReceiptFile, verifyReceiptBytes } from '../verify/verify-receipt-file.js';
import { runCommand, withFormat } from './command.js';

export function verifyCommand(program: Command): void {
  withFormat(
    program
      .command('verify')
      .argument('<path>', 'folder that `fedseal export` wrote, its chain.fsl, or a receipt')
      .description('check an exported chain or a receipt: every header, signature and rule, with no network and no database'),
  ).action((path: string, flags: { format: 'text' | 'json' }) =>
    runCommand(flags, async (out) => {
      const exported = await openExport(path);
      const receipt = exported.folder === undefined ? await readReceiptFile(path) : undefined;
      if (receipt !== undefined) {
        const { leaf, block, status } = verifyReceiptBytes(receipt);
        out.result({ verified: true, leaf: leaf.index, kind: leaf.kind, block, status });
        for (const line of describeReceipt(verifyReceiptBytes(receipt))) out.line(line);
        return;
      }
      const verified = await verifyExport(exported);
      out.result({ verified: true, ...chainFacts(verified) });
      for (const line of describeChain(verified)) out.line(line);
      out.line('VERIFIED. Not checked here: whether the models are what their updates give (`fedseal audit` rebuilds them),');
      out.line('and whether this is the only history its operator shows (compare the head with one that a contributor kept).');
    }),
  );
}
