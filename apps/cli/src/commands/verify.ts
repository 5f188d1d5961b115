import type { Command } from 'commander';
import { openExport, verifyExport } from '../verify/chain-export.js';
import { describeChain } from '../verify/describe-chain.js';
import { runCommand, withFormat } from './command.js';

export function verifyCommand(program: Command): void {
  withFormat(
    program
      .command('verify')
      .argument('<path>', 'folder that `fedseal export` wrote, or its chain.fsl')
      .description('check an exported chain: every header, signature and rule, with no network and no database'),
  ).action((path: string, flags: { format: 'text' | 'json' }) =>
    runCommand(flags, async (out) => {
      const report = await verifyExport(await openExport(path));
      const { views: _, ...facts } = report;
      out.result({ verified: true, chain: facts });
      for (const line of describeChain(report)) out.line(line);
      out.line('VERIFIED. Not checked here: whether the models are what their updates give (`fedseal audit` rebuilds them),');
      out.line('and whether this is the only history its operator shows (compare the head with one that a contributor kept).');
    }),
  );
}
