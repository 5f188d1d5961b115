import { Option, type Command } from 'commander';
import { ApiClient } from '../api/api-client.js';
import { readConfig } from '../config/cli-config.js';
import { runCommand, withFormat } from './command.js';

interface InviteFlags {
  readonly format: 'text' | 'json';
  readonly role: 'contributor' | 'evaluator';
  readonly publicUrl?: string;
  readonly home?: string;
  readonly url?: string;
}

export function inviteCommand(program: Command): void {
  withFormat(
    program
      .command('invite')
      .description('make a one-time invitation for a worker on any machine')
      .addOption(new Option('--role <role>', 'what the worker will do').choices(['contributor', 'evaluator']).default('contributor'))
      .option('--public-url <url>', 'the address at which the worker reaches the coordinator')
      .option('--home <dir>', 'data folder of the federation')
      .option('--url <url>', 'the coordinator\'s address from here'),
  ).action((flags: InviteFlags) => {
    const config = readConfig();
    return runCommand(flags, async (out) => {
      const api = await ApiClient.connect({ ...config, home: flags.home ?? config.home, url: flags.url ?? config.url });
      const { publicUrl } = flags;
      const made = await api.post<{ code: string; id: string; expiresAtMs: number }>('/v1/invitations', {
        role: flags.role,
        ...(publicUrl === undefined ? {} : { url: publicUrl }),
      });
      out.result(made);
      out.line(made.code);
      out.note(`On the worker's machine, in a checkout of this project: npx fedseal worker start --home ./worker --data DIR --invite CODE`);
      out.note(`It admits one key, until ${new Date(made.expiresAtMs).toISOString()}.`);
    });
  });
}
