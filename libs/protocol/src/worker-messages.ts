import { z } from 'zod';
import { artifact, base64url, code, hex32, leafBytes, runId } from './fields.js';
import { modelSpec, trainingSpec } from './plan.js';

/** Messages of the `/workers` socket namespace. Event names carry their version; unknown ones are refused politely. */

export const head = z.object({ height: z.int().min(0), blockHash: hex32, treeSize: z.int().min(1), treeRoot: hex32 });
export type Head = z.infer<typeof head>;

/** Server → worker, acknowledged: take part in a round. */
export const roundInvite = z.object({
  run: runId,
  round: z.int().min(1),
  attempt: z.int().min(1),
  base: artifact,
  model: modelSpec,
  training: trainingSpec,
  /** What the strategy asks of contributors. Strict: nobody trains under a term that it does not know. */
  terms: z.strictObject({
    /** μ of FedProx: the gradient gets μ · (w − base). */
    proximalMu: z.string().max(40).regex(/^(0|[1-9][0-9]*)(\.[0-9]+)?$/).optional(),
  }).optional(),
  /** Seeds this contributor's shuffle together with its key and the round. */
  seed: z.int().min(0),
  bound: z.int().min(1),
  examplesCap: z.int().min(1),
  deadlineAtMs: z.int(),
  /** Head at the time of the invitation; the worker verifies it and signs it as `seen`. */
  head,
});
export type RoundInvite = z.infer<typeof roundInvite>;

/** Server → evaluator, acknowledged: measure a sealed-to-be model on the test set. */
export const evaluateRequest = z.object({
  run: runId, round: z.int().min(0), model: artifact, spec: modelSpec, training: trainingSpec,
});
export type EvaluateRequest = z.infer<typeof evaluateRequest>;

/** Server → worker: a round closed or was abandoned; stop working on it. */
export const roundCancel = z.object({ run: runId, round: z.int().min(1), attempt: z.int().min(1), reason: code });
export type RoundCancel = z.infer<typeof roundCancel>;

/** Server → worker: what became of an update. */
export const updateVerdictNotice = z.object({
  run: runId, round: z.int().min(1), attempt: z.int().min(1),
  outcome: z.enum(['accepted', 'refused', 'silent']), reason: code,
});
export type UpdateVerdictNotice = z.infer<typeof updateVerdictNotice>;

export const workerPhase = z.enum(['idle', 'downloading', 'training', 'uploading', 'waiting', 'evaluating']);
export type WorkerPhase = z.infer<typeof workerPhase>;

/** Worker → server, volatile: progress of local training. */
export const workerProgress = z.object({
  run: runId,
  round: z.int().min(0),
  phase: workerPhase,
  /** Share of local steps done, 0 to 1. */
  done: z.number().min(0).max(1),
  loss: z.number().optional(),
  accuracy: z.number().min(0).max(1).optional(),
  imagesPerSecond: z.number().min(0).optional(),
});
export type WorkerProgress = z.infer<typeof workerProgress>;

/** Worker → server, acknowledged: a signed leaf (update.commit, evaluation or resource.register), base64url. */
export const leafSubmission = z.strictObject({ leaf: leafBytes });
export type LeafSubmission = z.infer<typeof leafSubmission>;

/** What the operator owes for an accepted `update.commit`: sealed by the block of this height or one below, and by this time. */
export const sealPromise = z.object({
  promise: z.object({ chain: hex32, leafHash: hex32, height: z.int().min(0), notAfterMs: z.int().min(0), issuedAtMs: z.int().min(0) }),
  /** The operator's, base64url, over the promise as canonical JSON under a signature type of its own. */
  signature: base64url.length(86),
});
export type SealPromiseMessage = z.infer<typeof sealPromise>;

/** Every acknowledgement on a socket. Refusals are values, never exceptions. */
export const ack = z.discriminatedUnion('ok', [
  z.object({
    ok: z.literal(true),
    leafHash: hex32.optional(),
    /** Of an `update.commit`; coordinators that promise nothing leave it out. */
    promise: sealPromise.optional(),
  }),
  z.object({ ok: z.literal(false), code, message: z.string() }),
]);
export type Ack = z.infer<typeof ack>;

/** Server → worker → server: event name to [schema, direction]. */
export const WORKER_EVENTS = {
  invite: 'round.invite.v1',
  cancel: 'round.cancel.v1',
  evaluate: 'evaluate.request.v1',
  verdict: 'update.verdict.v1',
  progress: 'worker.progress.v1',
  submit: 'leaf.submit.v1',
  /** Server → worker: the last word to the older of two connections of one key. */
  replaced: 'session.replaced.v1',
} as const;

/** socket.io `auth` of both namespaces. The token is absent on `/dashboard`. */
export const socketAuth = z.object({ protocol: z.string(), token: z.string().optional() });
