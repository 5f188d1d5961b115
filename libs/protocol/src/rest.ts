import { z } from 'zod';
import { artifact, bigDecimal, code, hex32, runId } from './fields.js';
import { runPlan } from './plan.js';

/** Answers of the REST interface about runs, rounds and models. Times are ms since the epoch; rounds count from 1. */

/** Where a leaf is sealed; null while it waits for its block. */
export const sealing = z.object({ height: z.int(), hash: hex32, index: z.int() }).nullable();
const leafRef = z.object({ hash: hex32, sealed: sealing });

/** Figures of one model: of an evaluator's test set, or the mean over several data sets weighted by their examples. */
export const figures = z.object({ accuracy: z.number().nullable(), loss: z.number().nullable(), examples: z.int(), evaluators: z.int() });
export type Figures = z.infer<typeof figures>;

/**
 * How a model was measured: by evaluators (`central`), and by the round's contributors on their own hold-outs (`federated`).
 * The means are computed for this view; what is sealed are the single evaluations.
 */
export const measurement = z.object({ central: figures.nullable(), federated: figures.nullable() });
export type Measurement = z.infer<typeof measurement>;

export const runView = z.object({
  run: runId,
  status: z.enum(['pending', 'running', 'completed', 'failed', 'stopped']),
  /** What the round machine is doing now. */
  phase: z.enum(['gathering', 'training', 'aggregating', 'finishing', 'paused', 'ended']),
  reason: z.string().nullable(),
  round: z.int(),
  attempt: z.int(),
  rounds: z.int(),
  closed: z.int(),
  model: artifact,
  /** Of the newest model that was measured. */
  measured: measurement.extend({ round: z.int() }).nullable(),
  plan: z.object({ sha256: hex32 }),
  createdAtMs: z.int(),
  endedAtMs: z.int().nullable(),
  created: leafRef,
  ended: leafRef.nullable(),
});
export type RunView = z.infer<typeof runView>;

export const runDetail = runView.extend({ planDocument: runPlan });
export type RunDetail = z.infer<typeof runDetail>;

export const evaluationView = z.object({
  evaluator: hex32,
  name: z.string(),
  /** `federated`: by a contributor of the round, on its own hold-out. */
  source: z.enum(['central', 'federated']),
  examples: z.int(),
  metrics: z.record(z.string(), z.string()),
  leaf: leafRef,
});
export type EvaluationView = z.infer<typeof evaluationView>;

export const roundView = z.object({
  run: runId,
  round: z.int(),
  attempt: z.int(),
  status: z.enum(['open', 'closed', 'failed']),
  base: artifact,
  model: artifact.nullable(),
  invited: z.int(),
  accepted: z.int(),
  refused: z.int(),
  silent: z.int(),
  openedAtMs: z.int(),
  deadlineAtMs: z.int(),
  closedAtMs: z.int().nullable(),
  evaluations: z.array(evaluationView),
  measured: measurement,
  opened: leafRef,
  closed: leafRef.nullable(),
});
export type RoundView = z.infer<typeof roundView>;

export const contribution = z.object({
  run: runId,
  round: z.int(),
  attempt: z.int(),
  contributor: hex32,
  name: z.string(),
  outcome: z.enum(['pending', 'accepted', 'refused', 'silent']),
  reason: code.nullable(),
  examples: z.int(),
  /** a: this update's share of D; null unless it is in the aggregate. */
  weight: z.int().nullable(),
  update: artifact.nullable(),
  metrics: z.record(z.string(), z.string()),
  commit: leafRef.nullable(),
  verdict: leafRef.nullable(),
});
export type Contribution = z.infer<typeof contribution>;

/** A round as a record: who was invited, who contributed with what weight, who was refused and why, and what sealed it. */
export const provenance = roundView.extend({
  cohort: z.array(z.object({ contributor: hex32, name: z.string() })),
  candidates: hex32,
  contributions: z.array(contribution),
  /** Strict JSON `[{commit, weight}]` in the order round.close commits to. */
  weights: hex32.nullable(),
  denominator: bigDecimal.nullable(),
  /** The block that seals round.close. */
  block: z.object({ height: z.int(), hash: hex32 }).nullable(),
  /** Inclusion proofs to the head's tree, by leaf index. */
  proofs: z.array(z.object({ index: z.int(), hash: hex32, treeSize: z.int(), treeRoot: hex32, proof: z.array(hex32) })),
});
export type Provenance = z.infer<typeof provenance>;

export const modelView = z.object({
  model: artifact,
  /** Rounds that produced exactly these bytes; none for an initial model. */
  producedBy: z.array(z.object({ run: runId, round: z.int(), attempt: z.int(), closed: leafRef })),
  initialOf: z.array(runId),
});
export type ModelView = z.infer<typeof modelView>;

/** Every step from a model back to the initial one, newest first. */
export const lineage = z.object({
  model: artifact,
  run: runId,
  steps: z.array(
    z.object({
      round: z.int(), attempt: z.int(), model: artifact, base: hex32, contributors: z.int(), denominator: bigDecimal.nullable(), closed: leafRef,
    }),
  ),
  initial: z.object({ model: artifact, plan: hex32, created: leafRef }),
});
export type Lineage = z.infer<typeof lineage>;

export const createRunResponse = runView;
/** `final` ends the run for good; otherwise it is held and can be resumed. */
export const stopRequest = z.strictObject({ final: z.boolean().default(false) });
