import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { CodedError } from '../observability/coded-error.js';

/** Every variable the coordinator reads. `.env.example` is tested against this list. */
export const environment = z.object({
  FEDSEAL_HOME: z.string().min(1).optional(),
  FEDSEAL_HOST: z.string().min(1).default('127.0.0.1'),
  FEDSEAL_PORT: z.coerce.number().int().min(0).max(65_535).default(7700),
  FEDSEAL_PUBLIC_URL: z.url().optional(),
  FEDSEAL_NAME: z.string().min(1).max(80).default('Fedseal federation'),
  FEDSEAL_LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  FEDSEAL_MINER_THREADS: z.coerce.number().int().min(1).max(256).default(1),
  FEDSEAL_MAX_UPDATE_BYTES: z.coerce.number().int().min(1024).default(1_073_741_824),
  FEDSEAL_UPDATE_MEMORY_BYTES: z.coerce.number().int().min(0).max(2_147_483_648).default(268_435_456),
  /** Names a boundary at which the process kills itself; for the fault tests only. */
  FEDSEAL_CRASH_AT: z.string().optional(),
  DATABASE_URL: z.string().min(1).optional(),
  REDIS_URL: z.string().min(1).optional(),
});

export interface Config {
  readonly home: string;
  readonly http: { readonly host: string; readonly port: number; readonly publicUrl: string | undefined };
  readonly federation: { readonly name: string };
  readonly log: { readonly level: string };
  readonly miner: { readonly threads: number };
  readonly limits: { readonly maxUpdateBytes: number; readonly updateMemoryBytes: number };
  /** Undefined: the embedded Postgres under `home`. */
  readonly databaseUrl: string | undefined;
  /** Undefined: graphile-worker on the same Postgres. */
  readonly redisUrl: string | undefined;
  readonly crashAt: string | undefined;
}

/** Nest injection token of the parsed configuration. */
export const CONFIG = Symbol('Config');

/**
 * Where a federation lives by default. Postgres refuses to run as root and its own account must be able to reach the
 * folder, so root gets a traversable one.
 */
export function defaultHome(isRoot = process.getuid?.() === 0): string {
  return isRoot ? '/var/lib/fedseal' : join(homedir(), '.fedseal');
}

/** @throws Error that names every bad variable and what it wants, never its value. */
export function parseConfig(env: NodeJS.ProcessEnv): Config {
  const present = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = environment.safeParse(present);
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
    throw new Error(`The configuration is not usable. Correct these variables and start again:\n${lines.join('\n')}`);
  }
  const e = parsed.data;
  return {
    home: e.FEDSEAL_HOME ?? defaultHome(),
    http: { host: e.FEDSEAL_HOST, port: e.FEDSEAL_PORT, publicUrl: e.FEDSEAL_PUBLIC_URL },
    federation: { name: e.FEDSEAL_NAME },
    log: { level: e.FEDSEAL_LOG_LEVEL },
    miner: { threads: e.FEDSEAL_MINER_THREADS },
    limits: { maxUpdateBytes: e.FEDSEAL_MAX_UPDATE_BYTES, updateMemoryBytes: e.FEDSEAL_UPDATE_MEMORY_BYTES },
    databaseUrl: e.DATABASE_URL,
    redisUrl: e.REDIS_URL,
    crashAt: e.FEDSEAL_CRASH_AT,
  };
}

/** The configuration of this process. @throws CodedError `config.invalid` */
export function readConfig(): Config {
  try {
    return parseConfig(process.env);
  } catch (cause) {
    throw new CodedError('config.invalid', cause instanceof Error ? cause.message : String(cause), { cause });
  }
}
