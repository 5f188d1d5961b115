import { describe, expect, it } from 'vitest';
import type { AnyDashboardEvent } from '@fedseal/protocol/dashboard-events';
import { opened, progress, provenanceOf, snapshot } from './events.testing.js';
import { reduceLive, START, type LiveState } from './live-state.js';
import { staleKeys } from './stale-keys.js';
import { roundStatus } from '../pages/overview/round-status.js';

const after = (...events: AnyDashboardEvent[]): LiveState => events.reduce(reduceLive, START);
const at = { run: 'digits-1', round: 1, attempt: 1 };

describe('the running round', () => {
  it('shows each invited worker with its progress, verdict and reason', () => {
    const live = after(
      snapshot(), opened(), progress('a', 0.5),
      { name: 'update.refused.v1', data: { ...at, contributor: 'b'.repeat(64), name: 'B', reason: 'update.not-finite' } },
      { name: 'update.accepted.v1', data: { ...at, contributor: 'c'.repeat(64), name: 'C', examples: 10, commit: '1'.repeat(64) } },
    );
    const status = roundStatus(live, undefined);
    expect(status?.invited.map(({ state, done, reason }) => ({ state, done, reason }))).toEqual([
      { state: 'training', done: 0.5, reason: undefined },
      { state: 'refused', done: 1, reason: 'update.not-finite' },
      { state: 'accepted', done: 1, reason: undefined },
    ]);
    expect(status?.accepted).toBe(1);
    expect(status?.steps).toMatchObject({ train: 'now', aggregate: 'next', seal: 'next' });
  });

  it('goes through aggregate, evaluation and seal', () => {
    const closed: AnyDashboardEvent = { name: 'round.closed.v1', data: { ...at, model: { sha256: '2'.repeat(64), tensorRoot: '3'.repeat(64), bytes: 9 }, contributors: 2, refused: 1, silent: 0 } };
    const sealed: AnyDashboardEvent = { name: 'block.sealed.v1', data: { height: 3, hash: '4'.repeat(64), leaves: 9, treeSize: 30, k: 1, m: 2 ** 31, tries: '5', seconds: 0.1, rounds: [{ run: 'digits-1', round: 1 }] } };
    const sealing: AnyDashboardEvent = { name: 'seal.started.v1', data: { height: 3, leaves: 9 } };
    expect(roundStatus(after(snapshot(), opened(), closed, sealing), undefined)?.steps).toMatchObject({ train: 'done', aggregate: 'done', evaluate: 'now', seal: 'now' });
    const end = after(snapshot(), opened(), closed, sealing, sealed);
    expect(roundStatus(end, undefined)?.steps.seal).toBe('done');
    expect(end.head).toEqual({ height: 3, hash: '4'.repeat(64), treeSize: 30 });
  });

  it('is read from its record by a page that was opened in the middle of it, and by one that missed some of it', () => {
    const record = provenanceOf('silent', 'deadline');
    const status = roundStatus(after(snapshot()), record);
    expect(status?.invited.map(({ state, reason }) => [state, reason])).toEqual([['silent', 'deadline'], ['invited', undefined], ['invited', undefined]]);
    const returned = after(snapshot(), opened(), snapshot());
    expect(roundStatus(returned, record)?.invited[0]?.state).toBe('silent');
  });

  it('does not mix the record of an earlier round into a newer one', () => {
    const next = after(snapshot(), { name: 'round.opened.v1', data: { ...opened().data, round: 2 } } as AnyDashboardEvent);
    expect(roundStatus(next, provenanceOf('silent', 'deadline'))?.invited[0]?.state).toBe('invited');
  });

  it('keeps the figures of the training while the update is sent', () => {
    const sent: AnyDashboardEvent = { name: 'worker.progress.v1', data: { run: 'digits-1', round: 1, contributor: 'a'.repeat(64), name: 'A', phase: 'uploading', done: 0 } };
    expect(roundStatus(after(snapshot(), opened(), progress('a', 1), sent), undefined)?.invited[0]).toMatchObject({ state: 'uploading', done: 1, loss: 0.5, imagesPerSecond: 1234 });
    const next: AnyDashboardEvent = { name: 'worker.progress.v1', data: { ...sent.data, round: 2, phase: 'downloading' } as never };
    expect(after(snapshot(), opened(), progress('a', 1), next).workers.get('a'.repeat(64))?.progress?.loss).toBeUndefined();
  });

  it('shows a worker that went away as offline', () => {
    const live = after(snapshot(), opened(), { name: 'worker.offline.v1', data: { contributor: 'a'.repeat(64), name: 'A' } });
    expect(roundStatus(live, undefined)?.invited[0]?.state).toBe('offline');
  });
});

describe('events', () => {
  it('name what they make stale', () => {
    expect(staleKeys(opened())).toContainEqual(['rounds', 'digits-1']);
    expect(staleKeys(progress('a', 0.1))).toEqual([]);
  });
});
