import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRunState } from './create-run-state.js';
import type { ModelRef, RunEffect, RunEvent, RunRules, RunState } from './run-state.js';
import { step } from './step.js';

const rules: RunRules = { rounds: 2, quorum: 2, retries: 1, centralEvaluation: false };
const model = (n: number): ModelRef => ({ sha256: `m${n}`, tensorRoot: `t${n}`, bytes: 1 });

/** Feeds events in order and collects what the machine asks for. */
function play(events: readonly RunEvent[], from: RunState = createRunState(rules, model(0)).state) {
  const effects: RunEffect[] = [];
  let state = from;
  for (const event of events) {
    const next = step(state, event);
    state = next.state;
    effects.push(...next.effects);
  }
  return { state, effects, of: <T extends RunEffect['type']>(type: T) => effects.filter((e) => e.type === type) as Extract<RunEffect, { type: T }>[] };
}

const opened = (...cohort: string[]): RunEvent => ({ type: 'round.opened', cohort, target: cohort.length, deadlineAtMs: 1000 });
const committed = (contributor: string, round = 1, attempt = 1, commit = `c-${contributor}-${round}-${attempt}`): RunEvent => ({
  type: 'update.committed', round, attempt, contributor, commit, examples: 10,
});
const checked = (contributor: string, refusal: string | null = null, round = 1, attempt = 1): RunEvent => ({
  type: 'update.checked', contributor, commit: `c-${contributor}-${round}-${attempt}`, refusal,
});

describe('a round', () => {
  it('invites the cohort, checks each update and aggregates when all are in', () => {
    const { state, of } = play([opened('a', 'b'), committed('b'), committed('a'), checked('b'), checked('a')]);
    expect(of('invite')).toEqual([{ type: 'invite', contributors: ['a', 'b'] }]);
    expect(of('check.update').map((e) => e.contributor)).toEqual(['b', 'a']);
    expect(of('aggregate')).toEqual([
      {
        type: 'aggregate', round: 1, attempt: 1,
        accepted: [{ contributor: 'a', commit: 'c-a-1-1', examples: 10 }, { contributor: 'b', commit: 'c-b-1-1', examples: 10 }],
      },
    ]);
    expect(state.phase).toBe('aggregating');
  });

  it('opens the next round at once and ends after the last', () => {
    const first = play([opened('a', 'b'), committed('a'), committed('b'), checked('a'), checked('b'), { type: 'aggregated', round: 1, attempt: 1, model: model(1) }]);
    expect(first.state).toMatchObject({ phase: 'gathering', round: 2, attempt: 1, model: model(1), closed: 1 });
    expect(first.effects).toContainEqual({ type: 'prepare.round' });
    expect(first.of('apply.retention')).toEqual([{ type: 'apply.retention', round: 1 }]);
    const second = play(
      [opened('a', 'b'), committed('a', 2), committed('b', 2), checked('a', null, 2), checked('b', null, 2), { type: 'aggregated', round: 2, attempt: 1, model: model(2) }],
      first.state,
    );
    expect(second.state).toMatchObject({ phase: 'ended', closed: 2, model: model(2) });
    expect(second.of('end.run')).toEqual([{ type: 'end.run', outcome: 'completed', reason: 'all-rounds-closed' }]);
  });

  it('closes at the deadline with a quorum and gives the silent a verdict', () => {
    const { state, of } = play([
      opened('a', 'b', 'c'), committed('a'), committed('b'), checked('a'), checked('b'), { type: 'deadline', round: 1, attempt: 1 },
    ]);
    expect(state.phase).toBe('aggregating');
    expect(of('record.verdict').filter((e) => e.outcome === 'silent').map((e) => [e.contributor, e.commit])).toEqual([['c', null]]);
  });

  it('still counts at the deadline what was committed before it', () => {
    const before = play([opened('a', 'b', 'c'), committed('a'), committed('b'), checked('a'), { type: 'deadline', round: 1, attempt: 1 }]);
    expect(before.state.phase).toBe('training');
    const after = play([committed('c'), checked('b')], before.state);
    expect(after.state.phase).toBe('aggregating');
    expect(after.of('record.verdict').find((e) => e.contributor === 'c')).toMatchObject({ outcome: 'refused', reason: 'late' });
  });

  it('retries below quorum, then fails with the last model safe', () => {
    const first = play([opened('a', 'b'), committed('a'), checked('a'), { type: 'deadline', round: 1, attempt: 1 }]);
    expect(first.state).toMatchObject({ phase: 'gathering', round: 1, attempt: 2 });
    expect(first.of('abandon.round')).toMatchObject([{ reason: 'below-quorum', willRetry: true }]);
    const second = play([opened('a', 'b'), { type: 'deadline', round: 1, attempt: 2 }], first.state);
    expect(second.state).toMatchObject({ phase: 'ended', model: model(0), end: { outcome: 'failed', reason: 'below-quorum' } });
  });

  it('does not wait for the deadline when everybody was refused', () => {
    const { state } = play([opened('a', 'b'), committed('a'), committed('b'), checked('a', 'non-finite'), checked('b', 'shape-mismatch')]);
    expect(state).toMatchObject({ phase: 'gathering', attempt: 2 });
  });

  it.each([
    ['uninvited', committed('x'), 'not-invited'],
    ['of another attempt', committed('a', 1, 2), 'late'],
    ['a second one', { ...committed('a'), commit: 'other' } as RunEvent, 'duplicate'],
  ])('refuses a commit that is %s, with its reason', (_, event, reason) => {
    const { of, state } = play([opened('a', 'b'), committed('a'), event]);
    expect(of('record.verdict')).toMatchObject([{ outcome: 'refused', reason }]);
    expect(state.phase).toBe('training');
  });

  it('ends only after the evaluations it waits for', () => {
    const waiting = { ...rules, rounds: 1, centralEvaluation: true };
    const round = [opened('a', 'b'), committed('a'), committed('b'), checked('a'), checked('b'), { type: 'aggregated', round: 1, attempt: 1, model: model(1) } as const];
    const closed = play(round, createRunState(waiting, model(0)).state);
    expect(closed.state.phase).toBe('finishing');
    expect(play([{ type: 'evaluated', round: 1 }], closed.state).of('end.run')).toHaveLength(1);
    expect(play([{ type: 'evaluation.timeout', round: 1 }, { type: 'evaluated', round: 1 }], closed.state).of('end.run')).toHaveLength(1);
  });
});

describe('the operator', () => {
  it('pauses a round that is still open and resumes with a new attempt', () => {
    const { state, of } = play([opened('a', 'b'), committed('a'), { type: 'pause' }]);
    expect(state).toMatchObject({ phase: 'paused', attempt: 2, failures: 0 });
    expect(of('record.verdict')).toMatchObject([{ contributor: 'a', reason: 'round-abandoned' }, { contributor: 'b', outcome: 'silent' }]);
    expect(play([{ type: 'resume' }], state).state.phase).toBe('gathering');
  });

  it('lets a round that is being aggregated close before it pauses or stops', () => {
    const busy = play([opened('a', 'b'), committed('a'), committed('b'), checked('a'), checked('b')]).state;
    const done: RunEvent = { type: 'aggregated', round: 1, attempt: 1, model: model(1) };
    expect(play([{ type: 'pause' }, done], busy).state).toMatchObject({ phase: 'paused', closed: 1, round: 2 });
    expect(play([{ type: 'stop' }, done], busy).state).toMatchObject({ phase: 'ended', closed: 1, end: { outcome: 'stopped' } });
    expect(play([{ type: 'pause' }, { type: 'resume' }, done], busy).state.phase).toBe('gathering');
  });
});

describe('whatever order events come in', () => {
  const names = ['a', 'b', 'c', 'd'];
  const event: fc.Arbitrary<RunEvent> = fc.oneof(
    fc.constant<RunEvent>(opened(...names)),
    fc.record({ who: fc.constantFrom(...names, 'x'), round: fc.integer({ min: 1, max: 2 }), attempt: fc.integer({ min: 1, max: 3 }) })
      .map(({ who, round, attempt }) => committed(who, round, attempt)),
    fc.record({ who: fc.constantFrom(...names), round: fc.integer({ min: 1, max: 2 }), attempt: fc.integer({ min: 1, max: 3 }), refusal: fc.constantFrom(null, 'non-finite') })
      .map(({ who, round, attempt, refusal }) => checked(who, refusal, round, attempt)),
    fc.record({ round: fc.integer({ min: 1, max: 2 }), attempt: fc.integer({ min: 1, max: 3 }) }).map((at): RunEvent => ({ type: 'deadline', ...at })),
    fc.record({ round: fc.integer({ min: 1, max: 2 }), attempt: fc.integer({ min: 1, max: 3 }) }).map((at): RunEvent => ({ type: 'aggregated', ...at, model: model(at.round) })),
    fc.constantFrom<RunEvent>({ type: 'pause' }, { type: 'resume' }, { type: 'stop' }, { type: 'evaluated', round: 1 }),
  );

  it('closes a round at most once, never below quorum, ends once, and judges each (attempt, contributor) once', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 120 }), (events) => {
        const { state, of } = play(events);
        const aggregates = of('aggregate');
        expect(new Set(aggregates.map((e) => e.round)).size).toBe(aggregates.length);
        for (const { accepted } of aggregates) expect(accepted.length).toBeGreaterThanOrEqual(rules.quorum);
        const ends = of('end.run');
        expect(ends.length).toBe(state.phase === 'ended' ? 1 : 0);
        const final = of('record.verdict').filter((e) => e.outcome !== 'refused').map((e) => `${e.round}/${e.attempt}/${e.contributor}`);
        expect(new Set(final).size).toBe(final.length);
        expect(state.closed).toBeLessThanOrEqual(rules.rounds);
      }),
      { numRuns: 2000 },
    );
  });

  it('changes nothing when the last event is delivered again', () => {
    fc.assert(
      fc.property(fc.array(event, { minLength: 1, maxLength: 60 }), (events) => {
        const last = events.at(-1)!;
        // An opening, a pause and a refused late commit are not replayed by the queue: they arrive under the run's lock.
        fc.pre(last.type === 'update.checked' || last.type === 'deadline' || last.type === 'aggregated');
        const once = play(events).state;
        const again = step(once, last);
        expect(again).toEqual({ state: once, effects: [] });
      }),
      { numRuns: 2000 },
    );
  });
});
