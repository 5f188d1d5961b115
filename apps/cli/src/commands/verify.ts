import type { Command } from 'commander';
import { ApiClient } from '../api/api-client.js';
import { EXIT } from '../cli-error.js';
import { readConfig } from '../config/cli-config.js';
import type { Output } from '../output.js';
import { describePromise, isPromise, verifyPromiseFile } from '../receipts/verify-promise-file.js';
import type { ChainSource } from '../verify/chain-source.js';
import { chainFacts, describeChain } from '../verify/describe-chain.js';
import { CHAIN_LIMITS, MODEL_LIMIT, NOT_REBUILT, SERVER_LIMIT } from '../verify/limits.js';
import { describeLineage } from '../verify/lineage/describe-lineage.js';
import { identifyModel } from '../verify/model-file.js';
import { openChain, readTarget, type Target } from '../verify/target.js';
import { verifyEvidence } from '../verify/verify-evidence.js';
import { describeOrigin, verifyModel } from '../verify/verify-model.js';
import { runCommand, withFormat } from './command.js';

interface VerifyFlags {
  readonly format: 'text' | 'json';
  readonly chain?: string;
  readonly home?: string;
}

const HELP = `
What <target> can be, told by its bytes:
  a folder of \`fedseal export\`   every block, signature and rule; its signed checkpoint and its tiles
  its chain.fsl                  every block, signature and rule
  a model (safetensors)          where it comes from: the rounds, contributors and weights behind it
  a receipt, or other evidence   checked with nothing but itself; a promise with the receipts beside it
  http://… of a coordinator      the same as a folder, over its public addresses, as it streams by

Exit status:
  0  verified
  1  refused; the rule is named and, where there is one, the block and the leaf
  2  wrong usage
  3  it, or the chain to search, cannot be read or reached
  4  the chain holds, and names no such model`;

export function verifyCommand(program: Command): void {
  withFormat(
    program
      .command('verify')
      .argument('<target>', 'exported folder, chain file, receipt, model or address')
      .option('--chain <place>', 'for a model: the folder, chain file or address to search (default: the running federation of the home)')
      .option('--home <dir>', 'data folder of the federation')
      .description('check an export, a receipt, a model or a coordinator, and say what was checked and what was not')
      .addHelpText('after', HELP),
  ).action((place: string, flags: VerifyFlags) =>
    runCommand(flags, async (out) => {
      const target = await readTarget(place);
      if (target.kind === 'chain') return verifySource(target.source, out);
      if (target.kind === 'model') return verifyOrigin(target, await chainToSearch(flags), out);
      const { target: kind, facts, lines } = isPromise(target.bytes) ? await promise(target) : verifyEvidence(target.bytes);
      out.result({ verified: true, target: kind, ...facts });
      for (const line of lines) out.line(line);
      return EXIT.ok;
    }),
  );
}

/** With the operator's key from the worker's home that the promise lies in. */
async function promise({ path, bytes }: Target & { kind: 'evidence' }) {
  const report = await verifyPromiseFile(path, bytes, {});
  return { target: 'promise', facts: { ...report.promise, operator: report.operator }, lines: describePromise(report) };
}

async function verifySource(source: ChainSource, out: Output): Promise<number> {
  const verified = await source.verify();
  const notChecked = [NOT_REBUILT, ...(source.kind === 'url' ? [SERVER_LIMIT] : []), ...CHAIN_LIMITS];
  out.result({ verified: true, target: source.kind, place: source.place, ...chainFacts(verified), notChecked });
  for (const line of describeChain(verified)) out.line(line);
  conclude('VERIFIED.', notChecked, out);
  return EXIT.ok;
}

/** @returns 4 when the chain does not know the model */
async function verifyOrigin({ path, bytes }: Target & { kind: 'model' }, source: ChainSource, out: Output): Promise<number> {
  const identity = identifyModel(path, bytes);
  const origin = await verifyModel(identity, source);
  const { verified, namings, lineage, update } = origin;
  const notChecked = [NOT_REBUILT, MODEL_LIMIT, ...(source.kind === 'url' ? [SERVER_LIMIT] : []), ...CHAIN_LIMITS];
  out.result({
    verified: lineage !== undefined, target: 'model', place: source.place,
    model: { ...identity, tensorRoot: identity.tensorRoot ?? null, unnamed: identity.unnamed ?? null },
    namedBy: namings.map(({ at, ...naming }) => ({ ...naming, ...at })), lineage: lineage ?? null, update: update ?? null,
    ...chainFacts(verified), notChecked,
  });
  out.line(`Searched: ${source.place}`);
  for (const line of describeChain(verified)) out.line(line);
  out.line();
  for (const line of describeOrigin(identity, origin)) out.line(line);
  if (lineage === undefined) return EXIT.unknown;
  out.line();
  for (const line of describeLineage(lineage)) out.line(line);
  out.line();
  conclude('VERIFIED: the whole chain was checked, and it says the above of this model.', notChecked, out);
  return EXIT.ok;
}

/** The chain that was named, else the one that the home's running coordinator serves. @throws CliError */
async function chainToSearch({ chain, home }: VerifyFlags): Promise<ChainSource> {
  if (chain !== undefined) return openChain(chain);
  const config = readConfig();
  const { url } = await ApiClient.connect({ ...config, home: home ?? config.home });
  return openChain(url);
}

function conclude(verdict: string, notChecked: readonly string[], out: Output): void {
  out.line(`${verdict} Not checked here:`);
  for (const limit of notChecked) out.line(`  - ${limit}`);
}
