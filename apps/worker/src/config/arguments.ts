import { parseArgs } from 'node:util';
import { WorkerError } from '../worker-error.js';
import { parseClasses, parseHoldOut, parseImageSize, parsePartition, parseShard, type PartitionChoice } from './data-arguments.js';

export type OutputFormat = 'text' | 'json';
export const BACKENDS = ['auto', 'wasm', 'webgpu', 'tfjs-node', 'cpu'] as const;
export type BackendChoice = (typeof BACKENDS)[number];

export interface DataChoice {
  /** `synthetic`, a folder, or a CSV file. */
  readonly source: string;
  /** Absent: `test` for an evaluator, `train` for a contributor. */
  readonly split?: 'train' | 'test';
  readonly examples?: number;
  readonly partition: PartitionChoice;
  /** Which part of how many: `index` counts from 0. */
  readonly shard?: { readonly index: number; readonly of: number };
  readonly seed: number;
  /** Share of a contributor's examples that is never trained on, 0 … 1. Absent: none. */
  readonly holdOut?: number;
  /** [height, width, channels] that images are brought to, or that a CSV's rows are read as. */
  readonly imageSize?: readonly [number, number, number];
  /** The label's column in a CSV: its name, or its number counted from 1. */
  readonly label?: string;
  /** Names of the classes, in the order of the model's outputs. */
  readonly classes?: readonly string[];
}

export interface WorkerArguments {
  readonly home: string;
  readonly invite?: string;
  readonly url?: string;
  readonly name?: string;
  readonly backend: BackendChoice;
  /** Threads that train, each with a backend of its own; absent: the thread that also talks to the coordinator. */
  readonly parallel?: number;
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
  'hold-out': { type: 'string' },
  'image-size': { type: 'string' },
  label: { type: 'string' },
  classes: { type: 'string' },
  backend: { type: 'string' },
  parallel: { type: 'string' },
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
  if (!source) throw new WorkerError('usage.data', 'Say what to train on: --data synthetic, --data DIR or --data FILE.csv.');
  const name = values.name;
  if (name !== undefined && !isPublicName(name)) {
    throw new WorkerError('usage.name', 'Give --name 1 to 80 characters without control characters.');
  }
  const url = values.url;
  if (url !== undefined && !/^https?:\/\//.test(url)) {
    throw new WorkerError('usage.url', 'Give --url the coordinator\'s address, such as http://host:7700.');
  }
  const holdOut = values['hold-out'] === undefined ? undefined : parseHoldOut(values['hold-out']);
  const imageSize = values['image-size'] === undefined ? undefined : parseImageSize(values['image-size']);
  const classes = values.classes === undefined ? undefined : parseClasses(values.classes);
  const split = values.split === undefined ? undefined : oneOf('split', ['train', 'test'] as const, values.split);
  const examples = values.examples === undefined ? undefined : integer('examples', values.examples, 1);
  const shard = values.shard === undefined ? undefined : parseShard(values.shard);
  return {
    home,
    backend: oneOf('backend', BACKENDS, values.backend ?? 'auto'),
    ...(values.parallel === undefined ? {} : { parallel: integer('parallel', values.parallel, 1) }),
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
      ...(holdOut === undefined ? {} : { holdOut }),
      ...(imageSize === undefined ? {} : { imageSize }),
      ...(values.label === undefined ? {} : { label: values.label }),
      ...(classes === undefined ? {} : { classes }),
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

export /** The rule of a public name on the chain (libs/chain, `publicName`). */
function isPublicName(name: string): boolean {
  return /^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]{1,80}$/.test(name);
}
