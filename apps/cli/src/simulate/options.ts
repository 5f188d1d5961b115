import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { CliError, EXIT } from '../cli-error.js';
import { readConfig } from '../config/cli-config.js';

export interface SimulateFlags {
  readonly format: 'text' | 'json';
  readonly clients: string;
  readonly data: string;
  readonly examples: string;
  readonly testExamples?: string;
  readonly partition: string;
  readonly seed: string;
  readonly backend: string;
  readonly processes?: string;
  readonly threads?: string;
  readonly home?: string;
  readonly out?: string;
  readonly port: string;
  readonly resume?: boolean;
}

export interface SimulateOptions {
  readonly format: 'text' | 'json';
  readonly planFile: string;
  readonly clients: number;
  /** `synthetic`, or the absolute path of a folder. */
  readonly data: string;
  /** Synthetic images for training over all clients together, and for the test set. */
  readonly examples: number;
  readonly testExamples: number;
  readonly partition: string;
  /** Of the clients' keys, the synthetic data and the partition. */
  readonly seed: number;
  readonly backend: string;
  readonly processes: number;
  /** Training threads of each process. */
  readonly threads: number;
  readonly home: (run: string) => string;
  readonly out: string | undefined;
  readonly port: number;
  readonly resume: boolean;
}

/** Threads of one process share its data and its base model; beyond this many its one main thread would keep them waiting. */
const THREADS_MOST = 16;

/** @throws CliError `usage.*`, naming the flag and what it takes */
export function readSimulateOptions(planFile: string, flags: SimulateFlags, cores = availableParallelism()): SimulateOptions {
  if (!/^(iid|dirichlet:\d+(\.\d+)?|shards:[1-9]\d*)$/.test(flags.partition)) {
    throw new CliError('usage.partition', '--partition takes iid, dirichlet:ALPHA or shards:N, such as dirichlet:0.5.', EXIT.usage);
  }
  const clients = whole('clients', flags.clients, 1, 100_000);
  const processes = whole('processes', flags.processes ?? String(Math.min(clients, Math.ceil(cores / THREADS_MOST))), 1, Math.min(256, clients));
  const examples = whole('examples', flags.examples, 10, 10_000_000);
  return {
    format: flags.format,
    planFile,
    clients,
    data: flags.data === 'synthetic' ? 'synthetic' : resolve(flags.data),
    examples,
    testExamples: flags.testExamples === undefined ? Math.max(500, Math.ceil(examples / 4)) : whole('test-examples', flags.testExamples, 1, 10_000_000),
    partition: flags.partition,
    seed: whole('seed', flags.seed, 0, 2 ** 32 - 1),
    backend: flags.backend,
    processes,
    threads: whole('threads', flags.threads ?? String(Math.max(1, Math.floor(cores / processes))), 1, 256),
    home: (run) => resolve(flags.home ?? join(readConfig().home, 'simulations', run)),
    out: flags.out === undefined ? undefined : resolve(flags.out),
    port: whole('port', flags.port, 0, 65_535),
    resume: flags.resume ?? false,
  };
}

function whole(flag: string, text: string, least: number, most: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new CliError(`usage.${flag}`, `--${flag} takes a whole number from ${least} to ${most}, not ${text}.`, EXIT.usage);
}
