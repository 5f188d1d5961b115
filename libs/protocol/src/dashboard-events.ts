import { z } from 'zod';
import { artifact, bigDecimal, code, hex32, runId } from './fields.js';
import { workerPhase } from './worker-messages.js';

/** Typed events of the read-only `/dashboard` namespace. Each is broadcast after the state it tells of is durable. */

const at = z.object({ run: runId, round: z.int().min(0) });

export const dashboardEvents = {
  /** First message after connecting: what is going on now. */
  'snapshot.v1': z.object({
    chain: hex32,
    head: z.object({ height: z.int(), hash: hex32, treeSize: z.int() }),
    workers: z.array(z.object({ contributor: hex32, name: z.string(), role: z.string(), online: z.boolean() })),
    run: z.object({ run: runId, status: z.string(), round: z.int(), rounds: z.int() }).nullable(),
  }),
  'run.created.v1': z.object({ run: runId, rounds: z.int() }),
  'run.ended.v1': z.object({ run: runId, outcome: z.enum(['completed', 'failed', 'stopped']), reason: code }),
  'worker.online.v1': z.object({ contributor: hex32, name: z.string(), role: z.string(), backend: z.string().optional() }),
  'worker.offline.v1': z.object({ contributor: hex32, name: z.string() }),
  'worker.progress.v1': at.extend({
    contributor: hex32, name: z.string(), phase: workerPhase, done: z.number(),
    loss: z.number().optional(), accuracy: z.number().optional(), imagesPerSecond: z.number().optional(),
  }),
  'round.opened.v1': at.extend({
    attempt: z.int(), base: artifact, cohort: z.array(z.object({ contributor: hex32, name: z.string() })),
    quorum: z.int(), deadlineAtMs: z.int(),
  }),
  'update.accepted.v1': at.extend({ attempt: z.int(), contributor: hex32, name: z.string(), examples: z.int(), commit: hex32 }),
  'update.refused.v1': at.extend({ attempt: z.int(), contributor: hex32, name: z.string(), reason: code }),
  'round.closed.v1': at.extend({ attempt: z.int(), model: artifact, contributors: z.int(), refused: z.int(), silent: z.int() }),
  'round.failed.v1': at.extend({ attempt: z.int(), reason: code, willRetry: z.boolean() }),
  'round.evaluated.v1': at.extend({
    model: hex32, accuracy: z.number(), loss: z.number(), examples: z.int(),
    evaluator: hex32, name: z.string(),
    /** `federated`: a contributor's own hold-out; `central`: an evaluator's test set. */
    source: z.enum(['central', 'federated']),
  }),
  'seal.started.v1': z.object({ height: z.int(), leaves: z.int() }),
  'block.sealed.v1': z.object({
    height: z.int(), hash: hex32, leaves: z.int(), treeSize: z.int(), k: z.int(), m: z.int(),
    tries: bigDecimal, seconds: z.number(), rounds: z.array(z.object({ run: runId, round: z.int() })),
  }),
} as const satisfies Record<`${string}.v${number}`, z.ZodType>;

export type DashboardEventName = keyof typeof dashboardEvents;
export type DashboardEvent<N extends DashboardEventName> = z.infer<(typeof dashboardEvents)[N]>;
/** The union `{name, data}` over every event, for publishers and listeners. */
export type AnyDashboardEvent = { [N in DashboardEventName]: { name: N; data: DashboardEvent<N> } }[DashboardEventName];
