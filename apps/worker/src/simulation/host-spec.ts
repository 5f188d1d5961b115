import { readFile } from 'node:fs/promises';
import { hex32 } from '@fedseal/protocol/fields';
import { z } from 'zod';
import { BACKENDS } from '../config/arguments.js';
import { WorkerError } from '../worker-error.js';

/** What one process of a simulation hosts. The command that starts it writes it; it holds one-time invitations. */
export const hostSpec = z.strictObject({
  url: z.url(),
  chain: hex32,
  /** keyId of the operator. */
  operator: hex32,
  /** This process and how many there are: it hosts the clients whose number is `index` modulo `of`. */
  index: z.int().min(0),
  of: z.int().min(1),
  /** Clients in the whole simulation, numbered from 0. */
  clients: z.int().min(1),
  /** Of the clients' keys, the synthetic data and the partition. */
  seed: z.int().min(0),
  /** Training threads of this process. */
  threads: z.int().min(1),
  backend: z.enum(BACKENDS),
  data: z.strictObject({
    /** `synthetic`, or a folder. */
    source: z.string(),
    examples: z.int().min(1).optional(),
    testExamples: z.int().min(1).optional(),
    /** As `--partition` takes it. */
    partition: z.string(),
  }),
  /** Most examples that the plan lets one contributor weigh. */
  examplesCap: z.int().min(1),
  evaluator: z.boolean(),
  /** Invitation codes of members that are not enrolled yet, by name. */
  invitations: z.record(z.string(), z.string()),
  /** Holds this process' newest verified head. */
  folder: z.string(),
});
export type HostSpec = z.infer<typeof hostSpec>;

/** What a host tells the command that started it, as process messages. */
export type HostMessage =
  /** Every member of this process is enrolled and online. */
  | { readonly type: 'ready'; readonly members: number; readonly backend: string }
  | { readonly type: 'enrolled'; readonly members: number }
  | { readonly type: 'failed'; readonly code: string; readonly message: string };

/** @throws WorkerError `usage.spec` */
export async function readHostSpec(file: string | undefined): Promise<HostSpec> {
  try {
    return hostSpec.parse(JSON.parse(await readFile(file ?? '', 'utf8')));
  } catch (cause) {
    throw new WorkerError('usage.spec', `The file ${file ?? '(none)'} does not describe a simulation's host; \`fedseal simulate\` writes it.`, { cause });
  }
}
