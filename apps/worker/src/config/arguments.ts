import { parseArgs } from 'node:util';
import { WorkerError } from '../worker-error.js';

export type OutputFormat = 'text' | 'json';
export const BACKENDS = ['auto', 'wasm', 'webgpu', 'tfjs-node', 'cpu'] as const;
export type BackendChoice = (typeof BACKENDS)[number];

/** How one data set is split among simulated workers. */
export type PartitionChoice =
  | { readonly kind: 'iid' }
  | { readonly kind: 'dirichlet'; readonly alpha: number }
  /** McMahan's split: sorted by label, cut into pieces, `perWorker` pieces each. */
  | { readonly kind: 'shards'; readonly perWorker: number };

export interface DataChoice {
  /** `synthetic`, or a folder. */
  readonly source: string;
  /** Absent: `test` for an evaluator, `train` for a contributor. */
  readonly split?: 'train' | 'test';
  readonly examples?: number;
  readonly partition: PartitionChoice;
  /** Which part of how many: `index` counts from 0. */
  readonly shard?: { readonly index: number; readonly of: number };
  readonly seed: number;
}

export interface WorkerArguments {
  readonly home: string;
  readonly invite?: string;
  readonly url?: string;
  readonly name?: string;
  readonly backend: BackendChoice;
  readonly format: OutputFormat;
  readonly data: DataChoice;
}

const OPTIONS = {
  home: { type: 'string' },
  invite: { type: 'string' },
  url: { type: 'string' },
  name: { type: 'string' },
  data: { type: 'string' },
  split: { type: 'string' },
  examples: { type: 'string' },
  partition: { type: 'string' },
  shard: { type: 'string' },
  'data-seed': { type: 'string' },
  backend: { type: 'string' },
  format: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

/**
 * Reads the command line.
 * @returns `help` when it was asked for.
 * @throws WorkerError `usage.*` with a sentence that names the flag and what it takes.
 */
export function parseArguments(argv: readonly string[]): WorkerArguments | 'help' {
  const values = readFlags(argv);
  if (values.help) return 'help';
  const home = values.home;
  if (!home) throw new WorkerError('usage.home', 'Say where this worker keeps its key and records: --home DIR.');
  const source = values.data;
  if (!source) throw new WorkerError('usage.data', 'Say what to train on: --data synthetic, or --data DIR.');
  const name = values.name;
  if (name !== undefined && !isPublicName(name)) {
    throw new WorkerError('usage.name', 'Give --name 1 to 80 characters without control characters.');
  }
  const url = values.url;
  if (url !== undefined && !/^https?:\/\//.test(url)) {
    throw new WorkerError('usage.url', 'Give --url the coordinator\'s address, such as http://host:7700.');
  }
  const split = values.split === undefined ? undefined : oneOf('split', ['train', 'test'] as const, values.split);
  const examples = values.examples === undefined ? undefined : integer('examples', values.examples, 1);
  const shard = values.shard === undefined ? undefined : parseShard(values.shard);
  return {
    home,
    backend: oneOf('backend', BACKENDS, values.backend ?? 'auto'),
    format: oneOf('format', ['text', 'json'] as const, values.format ?? 'text'),
    // An empty one is none: service managers pass a variable that is not set.
    ...(values.invite?.trim() ? { invite: values.invite.trim() } : {}),
    ...(url === undefined ? {} : { url }),
    ...(name === undefined ? {} : { name }),
    data: {
      source,
      partition: parsePartition(values.partition ?? 'iid'),
      seed: integer('data-seed', values['data-seed'] ?? '1', 0),
      ...(split === undefined ? {} : { split }),
      ...(examples === undefined ? {} : { examples }),
      ...(shard === undefined ? {} : { shard }),
    },
  };
}

function readFlags(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: false, strict: true }).values;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('. ')[0] : String(cause);
    throw new WorkerError('usage.flag', `${reason}. See --help.`, { cause });
  }
}

function oneOf<const T extends string>(flag: string, choices: readonly T[], value: string): T {
  const choice = choices.find((each) => each === value);
  if (choice === undefined) throw new WorkerError(`usage.${flag}`, `--${flag} takes ${choices.join(', ')}; not "${value}".`);
  return choice;
}

function integer(flag: string, value: string, least: number): number {
  const number = /^\d{1,10}$/.test(value) ? Number(value) : Number.NaN;
  if (!(number >= least && number < 2 ** 32)) {
    throw new WorkerError(`usage.${flag}`, `--${flag} takes an integer from ${least} to 4294967295; not "${value}".`);
  }
  return number;
}

export function parsePartition(value: string): PartitionChoice {
  if (value === 'iid') return { kind: 'iid' };
  const [kind, text = ''] = value.split(':', 2);
  const number = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (kind === 'dirichlet' && number > 0) return { kind, alpha: number };
  if (kind === 'shards' && Number.isInteger(number) && number >= 1) return { kind, perWorker: number };
  throw new WorkerError('usage.partition', `--partition takes iid, dirichlet:ALPHA or shards:N; not "${value}".`);
}

/** `I/N`: I counts from 1 to N, as people count. */
function parseShard(value: string): { index: number; of: number } {
  const match = /^(\d{1,7})\/(\d{1,7})$/.exec(value);
  const position = Number(match?.[1]);
  const of = Number(match?.[2]);
  if (!match || position < 1 || position > of) {
    throw new WorkerError('usage.shard', `--shard takes I/N with I from 1 to N, such as 1/4; not "${value}".`);
  }
  return { index: position - 1, of };
}

/** The rule of a public name on the chain (libs/chain, `publicName`). */
function isPublicName(name: string): boolean {
  return /^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]{1,80}$/.test(name);
}
