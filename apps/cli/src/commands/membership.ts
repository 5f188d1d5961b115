import { Option, type Command } from 'commander';
import { ApiClient } from '../api/api-client.js';
import { CliError, EXIT } from '../cli-error.js';
import { readConfig } from '../config/cli-config.js';
import { revokeOwnKey, rotateKey } from '../membership/own-key.js';
import type { Output } from '../output.js';
import { runCommand, withFormat } from './command.js';

interface Flags {
  readonly format: 'text' | 'json';
  readonly home?: string;
  readonly url?: string;
  readonly reason: string;
  readonly role: string;
  readonly address: string;
}

interface Accepted {
  readonly leafHash: string;
}

/** `fedseal contributor …`, `fedseal node …` and `fedseal annotate`: who belongs to a federation, and remarks. */
export function membershipCommands(program: Command): void {
  const contributor = program.command('contributor').description('list contributors, end a key, or give it a successor');
  const sub = (parent: Command, name: string, description: string) =>
    withFormat(parent.command(name).description(description).option('--home <dir>', 'data folder of the federation').option('--url <url>', "the coordinator's address"));

  sub(contributor, 'list', 'list contributors and evaluators').action((flags: Flags) => withApi(flags, listContributors));

  sub(contributor, 'revoke', 'as the operator, end a key for good; what it signed before stays')
    .argument('<keyId>')
    .requiredOption('--reason <code>', 'a code such as key-lost, sealed with it')
    .action((keyId: string, flags: Flags) => withApi(flags, (api, out) =>
      done(out, api.post(`/v1/contributors/${hex(keyId)}/revoke`, { reason: flags.reason }), `The key ${keyId} is revoked`)));

  withFormat(contributor.command('rotate').description("give a stopped worker a new key, signed by its old one and by itself").requiredOption('--home <dir>', "the worker's home"))
    .action((flags: Flags) => runCommand(flags, async (out) => {
      const { keyId, ...rest } = await rotateKey(flags.home!);
      out.result({ keyId, ...rest });
      out.line(`The worker's key is ${keyId} from now on; leaf ${rest.leafHash} says so. Start the worker again.`);
    }));

  withFormat(contributor.command('leave').description('end the key of a stopped worker, signed by itself').requiredOption('--home <dir>', "the worker's home"))
    .requiredOption('--reason <code>', 'a code such as key-copied, sealed with it')
    .action((flags: Flags) => runCommand(flags, (out) => done(out, revokeOwnKey(flags.home!, flags.reason), "The worker's key is revoked")));

  const node = program.command('node').description('name mirrors, miners and witnesses on the chain, or take them back');
  sub(node, 'add', 'name a node by its key and address')
    .argument('<key>', 'its public key, 64 hex digits')
    .addOption(new Option('--role <role>', 'what it is').choices(['mirror', 'miner', 'witness']).makeOptionMandatory())
    .requiredOption('--address <text>', 'where it is reached')
    .action((key: string, flags: Flags) => withApi(flags, (api, out) =>
      done(out, api.post('/v1/nodes', { key: hex(key), role: flags.role, address: flags.address }), `The ${flags.role} ${flags.address} is added`)));

  sub(node, 'remove', 'take a node back').argument('<key>', 'its public key, 64 hex digits').action((key: string, flags: Flags) => withApi(flags, (api, out) =>
    done(out, api.post(`/v1/nodes/${hex(key)}/remove`), `The node ${key} is removed`)));

  sub(program, 'annotate', 'as the operator, seal a remark or a correction; nothing on the chain is ever deleted')
    .argument('<subject>', 'the hash that it is about: of a leaf, a block or a file')
    .argument('<text>')
    .action((subject: string, text: string, flags: Flags) => withApi(flags, (api, out) =>
      done(out, api.post('/v1/annotations', { subject: hex(subject), text }), 'The remark is accepted')));
}

async function listContributors(api: ApiClient, out: Output): Promise<void> {
  const all: { keyId: string; name: string; role: string; revokedAtMs: number | null; online: boolean }[] = [];
  for (let after: string | null = ''; after !== null; ) {
    const page: { contributors: typeof all; next: string | null } = await api.get(`/v1/contributors${after && `?after=${after}`}`);
    all.push(...page.contributors);
    after = page.next;
  }
  out.result(all);
  if (all.length === 0) out.line('Nobody is enrolled yet. `fedseal invite` makes an invitation.');
  for (const { keyId, name, role, revokedAtMs, online } of all) {
    const state = revokedAtMs === null ? (online ? 'online' : 'offline') : `ended ${new Date(revokedAtMs).toISOString()}`;
    out.line(`${keyId}  ${role}  ${name}  ${state}`);
  }
}

async function done(out: Output, accepted: Promise<Accepted>, what: string): Promise<void> {
  const { leafHash } = await accepted;
  out.result({ leafHash });
  out.line(`${what}; the next block seals leaf ${leafHash}.`);
}

function hex(text: string): string {
  if (/^[0-9a-f]{64}$/.test(text)) return text;
  throw new CliError('usage.hex', `${text} is not 64 lower-case hex digits; \`fedseal contributor list\` shows key ids.`, EXIT.usage);
}

function withApi(flags: Flags, command: (api: ApiClient, out: Output) => Promise<void>): Promise<void> {
  const config = readConfig();
  return runCommand(flags, async (out) =>
    command(await ApiClient.connect({ ...config, home: flags.home ?? config.home, url: flags.url ?? config.url }), out),
  );
}
