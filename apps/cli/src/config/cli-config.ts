import { homedir } from 'node:os';
import { join } from 'node:path';

/** What the command takes from its surroundings. Flags win over it. */
export interface CliConfig {
  /** The federation's data folder. */
  readonly home: string;
  /** Coordinator to talk to; undefined: the one that runs on `home`. */
  readonly url: string | undefined;
  /** Operator token; undefined: read from `home`. */
  readonly token: string | undefined;
}

export function readConfig(env: NodeJS.ProcessEnv = process.env): CliConfig {
  return { home: env['FEDSEAL_HOME'] || defaultHome(), url: env['FEDSEAL_URL'] || undefined, token: env['FEDSEAL_TOKEN'] || undefined };
}

/** The environment a child process gets: this one's, with the settings that the command decides. */
export function childEnvironment(settings: Readonly<Record<string, string | undefined>>, env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return { ...env, ...Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) };
}

/** As the coordinator chooses it: root's own home is not traversable for the account that Postgres runs under. */
function defaultHome(): string {
  return process.getuid?.() === 0 ? '/var/lib/fedseal' : join(homedir(), '.fedseal');
}
