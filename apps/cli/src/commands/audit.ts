import type { Command } from 'commander';
import { readConfig } from '../config/cli-config.js';
import { auditExport } from '../verify/audit-export.js';
import { openExport } from '../verify/chain-export.js';
import { describeChain } from '../verify/describe-chain.js';
import { runCommand, withFormat } from './command.js';
import { runCoordinator } from './run-coordinator.js';

export function auditCommand(program: Command): void {
  withFormat(
    program
      .command('audit')
      .argument('[dir]', 'folder that `fedseal export` wrote; without it the database of this machine\'s federation is audited')
      .option('--home <dir>', 'data folder of the federation')
      .description('verify the chain and rebuild every initial model, cohort and aggregate, byte for byte'),
  ).action(async (dir: string | undefined, flags: { format: 'text' | 'json'; home?: string }) => {
    if (dir === undefined) {
      process.exitCode = await runCoordinator(flags.home ?? readConfig().home, ['audit', '--format', flags.format]);
      return;
    }
    await runCommand(flags, async (out) => {
      const { chain, audit, blobs } = await auditExport(await openExport(dir));
      const { views: _, ...facts } = chain;
      out.result({ verified: true, chain: facts, ...audit, blobs: blobs.count, blobBytes: blobs.bytes });
      for (const line of describeChain(chain)) out.line(line);
      out.line(`  initial models rebuilt ${audit.initialModels}, cohorts drawn again ${audit.cohorts}, blobs checked ${blobs.count}`);
      for (const round of audit.rounds) {
        const verdict = round.status === 'reproduced' ? 'reproduced bit for bit' : 'not rebuilt: its updates were not kept';
        out.line(`  ${round.run} round ${round.round}: ${verdict} from ${round.contributors} updates, ${round.model}`);
      }
      out.line('AUDIT PASSED.');
    });
  });
}
