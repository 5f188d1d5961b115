import type { Evaluation, Round, RoundUpdate } from '../generated/client.js';
import type { StoredArtifact, StoredEvaluation, StoredRound, StoredUpdate } from '../ports/round.store.js';

/** Rows of the round tables and what they are outside: times and counts as numbers, artifacts as one value. */

/** A silent contributor has no commit; the column is part of the key and cannot be null. */
export const SILENT = '';

export function roundRow(round: StoredRound) {
  return {
    status: round.status,
    baseSha256: round.base.sha256,
    baseTensorRoot: round.base.tensorRoot,
    baseBytes: BigInt(round.base.bytes),
    modelSha256: round.model?.sha256 ?? null,
    modelTensorRoot: round.model?.tensorRoot ?? null,
    modelBytes: bigOrNull(round.model?.bytes),
    openLeaf: round.openLeaf,
    closeLeaf: round.closeLeaf,
    candidatesSha256: round.candidatesSha256,
    weightsSha256: round.weightsSha256,
    serverStateSha256: round.serverStateSha256,
    cohort: [...round.cohort],
    quorum: round.quorum,
    openedAtMs: BigInt(round.openedAtMs),
    deadlineAtMs: BigInt(round.deadlineAtMs),
    closedAtMs: bigOrNull(round.closedAtMs),
  };
}

export function storedRound(row: Round): StoredRound {
  return {
    run: row.run,
    round: row.round,
    attempt: row.attempt,
    status: row.status as StoredRound['status'],
    base: { sha256: row.baseSha256, tensorRoot: row.baseTensorRoot, bytes: Number(row.baseBytes) },
    model: artifact(row.modelSha256, row.modelTensorRoot, row.modelBytes),
    openLeaf: row.openLeaf,
    closeLeaf: row.closeLeaf,
    candidatesSha256: row.candidatesSha256,
    weightsSha256: row.weightsSha256,
    serverStateSha256: row.serverStateSha256,
    cohort: row.cohort,
    quorum: row.quorum,
    openedAtMs: Number(row.openedAtMs),
    deadlineAtMs: Number(row.deadlineAtMs),
    closedAtMs: numberOrNull(row.closedAtMs),
  };
}

export function updateRow(update: StoredUpdate) {
  return {
    updateSha256: update.update?.sha256 ?? null,
    updateTensorRoot: update.update?.tensorRoot ?? null,
    updateBytes: bigOrNull(update.update?.bytes),
    examples: BigInt(update.examples),
    metrics: update.metrics,
    outcome: update.outcome,
    reason: update.reason,
    verdictLeaf: update.verdictLeaf,
    weight: bigOrNull(update.weight),
  };
}

export function storedUpdate(row: RoundUpdate): StoredUpdate {
  return {
    run: row.run,
    round: row.round,
    attempt: row.attempt,
    contributor: row.contributor,
    commit: row.commit === SILENT ? null : row.commit,
    update: artifact(row.updateSha256, row.updateTensorRoot, row.updateBytes),
    examples: Number(row.examples),
    metrics: row.metrics as Record<string, string>,
    outcome: row.outcome as StoredUpdate['outcome'],
    reason: row.reason,
    verdictLeaf: row.verdictLeaf,
    weight: numberOrNull(row.weight),
  };
}

/** The row that a cursor names (`updateCursor` of the port) among those of one contributor; undefined when it is none. */
export function updateKey(cursor: string): Pick<RoundUpdate, 'run' | 'round' | 'attempt' | 'commit'> | undefined {
  const [, run, round, attempt, commit] = /^([a-z0-9-]+)\/(\d{1,9})\/(\d{1,9})\/((?:[0-9a-f]{64})?)$/.exec(cursor) ?? [];
  return run === undefined ? undefined : { run, round: Number(round), attempt: Number(attempt), commit: commit ?? SILENT };
}

export function evaluationRow(evaluation: StoredEvaluation) {
  const { run, round, model, evaluator, metrics } = evaluation;
  return { run, round, model, evaluator, examples: BigInt(evaluation.examples), metrics };
}

export function storedEvaluation({ leaf, run, round, model, evaluator, examples, metrics }: Evaluation): StoredEvaluation {
  return { leaf, run, round, model, evaluator, examples: Number(examples), metrics: metrics as Record<string, string> };
}

function artifact(sha256: string | null, tensorRoot: string | null, bytes: bigint | null): StoredArtifact | null {
  return sha256 === null || tensorRoot === null || bytes === null ? null : { sha256, tensorRoot, bytes: Number(bytes) };
}

function bigOrNull(value: number | null | undefined): bigint | null {
  return value === null || value === undefined ? null : BigInt(value);
}

function numberOrNull(value: bigint | null): number | null {
  return value === null ? null : Number(value);
}
