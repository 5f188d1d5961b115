import { resolve } from 'node:path';
import { CliError, EXIT } from '../cli-error.js';
import { readConfig } from '../config/cli-config.js';

export interface DemoFlags {
  readonly format: 'text' | 'json';
  readonly home?: string;
  readonly data?: string;
  readonly workers: string;
  readonly rounds: string;
  readonly epochs: string;
  readonly batchSize: string;
  readonly examples: string;
  readonly partition: string;
  readonly holdOut?: string;
  readonly backend: string;
  readonly port: string;
  readonly once?: boolean;
  readonly fresh?: boolean;
}

export interface DemoOptions {
  readonly format: 'text' | 'json';
  readonly home: string;
  /** `synthetic`, or the absolute path of a folder with IDX files. */
  readonly data: string;
  readonly workers: number;
  readonly rounds: number;
  readonly epochs: number;
  readonly batchSize: number;
  /** Synthetic training images over all workers together. */
  readonly examples: number;
  readonly partition: string;
  /** Share of its examples that each worker keeps for measuring models; null: none, and the plan asks for no such measurement. */
  readonly holdOut: number | null;
  readonly backend: string;
  readonly port: number;
  readonly once: boolean;
  readonly fresh: boolean;
}

/** @throws CliError `usage.*`, naming the flag and what it takes */
export function readOptions(flags: DemoFlags): DemoOptions {
  if (!/^(iid|dirichlet:\d+(\.\d+)?|shards:[1-9]\d*)$/.test(flags.partition)) {
    throw new CliError('usage.partition', '--partition takes iid, dirichlet:ALPHA or shards:N, such as dirichlet:0.5.', EXIT.usage);
  }
  return {
    format: flags.format,
    home: resolve(flags.home ?? readConfig().home),
    data: flags.data === undefined || flags.data === 'synthetic' ? 'synthetic' : resolve(flags.data),
    workers: whole('workers', flags.workers, 1, 64),
    rounds: whole('rounds', flags.rounds, 1, 100_000),
    epochs: whole('epochs', flags.epochs, 1, 1000),
    batchSize: whole('batch-size', flags.batchSize, 1, 65_536),
    examples: whole('examples', flags.examples, 10, 10_000_000),
    partition: flags.partition,
    holdOut: flags.holdOut === undefined ? null : share('hold-out', flags.holdOut),
    backend: flags.backend,
    port: whole('port', flags.port, 0, 65_535),
    once: flags.once ?? false,
    fresh: flags.fresh ?? false,
  };
}

function share(flag: string, text: string): number {
  const value = /^0?\.\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (value > 0) return value;
  throw new CliError(`usage.${flag}`, `--${flag} takes a share between 0 and 1, such as 0.1; not ${text}.`, EXIT.usage);
}

function whole(flag: string, text: string, least: number, most: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new CliError(`usage.${flag}`, `--${flag} takes a whole number from ${least} to ${most}, not ${text}.`, EXIT.usage);
}
