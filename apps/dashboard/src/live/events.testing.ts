import type { AnyDashboardEvent, DashboardEvent } from '@fedseal/protocol/dashboard-events';
import type { Provenance } from '@fedseal/protocol/rest';

/** A small federation of three in events: A, B and C, whose keyIds are a…, b… and c…. */

const base = { sha256: '9'.repeat(64), tensorRoot: '8'.repeat(64), bytes: 100 };
const cohort = ['a', 'b', 'c'].map((letter) => ({ contributor: letter.repeat(64), name: letter.toUpperCase() }));

export function snapshot(): AnyDashboardEvent {
  return {
    name: 'snapshot.v1',
    data: {
      chain: '0'.repeat(64), head: { height: 2, hash: '7'.repeat(64), treeSize: 12 },
      workers: cohort.map((one) => ({ ...one, role: 'contributor', online: true })),
      run: { run: 'digits-1', status: 'running', round: 1, rounds: 3 },
    },
  };
}

export function opened(): { name: 'round.opened.v1'; data: DashboardEvent<'round.opened.v1'> } {
  return { name: 'round.opened.v1', data: { run: 'digits-1', round: 1, attempt: 1, base, cohort, quorum: 2, deadlineAtMs: 1e13 } };
}

export function progress(letter: string, done: number): AnyDashboardEvent {
  return {
    name: 'worker.progress.v1',
    data: { run: 'digits-1', round: 1, contributor: letter.repeat(64), name: letter.toUpperCase(), phase: 'training', done, loss: 0.5, imagesPerSecond: 1234 },
  };
}

/** Round 1's record with one outcome, of A. */
export function provenanceOf(outcome: 'accepted' | 'refused' | 'silent', reason: string): Provenance {
  const at = { run: 'digits-1', round: 1, attempt: 1 };
  return {
    ...at, status: 'open', base, model: null, invited: 3, accepted: 0, refused: 0, silent: 1, openedAtMs: 1, deadlineAtMs: 1e13, closedAtMs: null,
    evaluations: [], measured: { central: null, federated: null }, opened: { hash: '6'.repeat(64), sealed: null }, closed: null, cohort,
    candidates: '5'.repeat(64), weights: null, denominator: null, block: null, proofs: [],
    contributions: [{
      ...at, contributor: 'a'.repeat(64), name: 'A', outcome, reason, examples: 0, weight: outcome === 'accepted' ? 10 : null, update: null, metrics: {}, commit: null,
      verdict: { hash: '4'.repeat(64), sealed: { height: 3, hash: '3'.repeat(64), index: 17 } },
    }],
  };
}
