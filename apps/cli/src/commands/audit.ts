import type { Command } from 'commander';
import { readConfig } from '../config/cli-config.js';
import { auditExport } from '../verify/audit-export.js';
import type { BundleRound } from '../verify/bundle-auditor.js';
import { openExport } from '../verify/chain-export.js';
import { chainFacts, describeChain } from '../verify/describe-chain.js';
import { runCommand, withFormat } from './command.js';
import { runCoordinator } from './run-coordinator.js';

const STATUS: Readonly<Record<BundleRound['status'], string>> = {
  'reproduced': 'reproduced bit for bit from',
  'not-kept': 'not rebuilt, because its updates were not kept; the chain says it was made from',
  'left-out': 'not rebuilt, because this bundle leaves its models or updates out; the chain says it was made from',
};

export function auditCommand(program: Command): void {
  withFormat(
    program
      .command('audit')
      .argument('[dir]', 'folder that `fedseal export` wrote; without it the database of this machine\'s federation is audited')
      .option('--home <dir>', 'data folder of the federation')
      .description('verify the chain and rebuild every initial model, cohort and aggregate, byte for byte')
      .addHelpText('after', '\nExit status: 0 all of it holds, 1 something does not (block, leaf and rule are named), 2 wrong usage, 3 it cannot be read.'),
  ).action(async (dir: string | undefined, flags: { format: 'text' | 'json'; home?: string }) => {
    if (dir === undefined) {
      process.exitCode = await runCoordinator(flags.home ?? readConfig().home, ['audit', '--format', flags.format]);
      return;
    }
    await runCommand(flags, async (out) => {
      const { verified, audit, blobs } = await auditExport(await openExport(dir));
      out.result({ verified: true, ...chainFacts(verified), ...audit, blobs: blobs.count, blobBytes: blobs.bytes });
      for (const line of describeChain(verified)) out.line(line);
      out.line(`  initial models rebuilt ${audit.initialModels}, cohorts drawn again ${audit.cohorts}, blobs checked ${blobs.count}`);
      for (const round of audit.rounds) {
        out.line(`  ${round.run} round ${round.round}: ${STATUS[round.status]} ${round.contributors} updates, ${round.model}`);
      }
      for (const run of audit.runsLeftOut) out.line(`  ${run}: this bundle leaves its files out; its leaves were verified`);
      const leftOut = audit.rounds.filter(({ status }) => status !== 'reproduced').length;
      out.line(`AUDIT PASSED.${leftOut === 0 ? '' : ` ${leftOut} of ${audit.rounds.length} rounds could not be rebuilt from what is here.`}`);
    });
  });
}
