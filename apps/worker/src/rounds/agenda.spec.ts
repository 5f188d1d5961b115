import fc from 'fast-check';
import type { EvaluateRequest, RoundInvite } from '@fedseal/protocol/worker-messages';
import { describe, expect, it } from 'vitest';
import { EMPTY_AGENDA, stepAgenda, type AgendaEffect, type AgendaEvent, type AgendaState } from './agenda.js';

/** Only the key matters to the agenda. */
const invite = (round: number, attempt = 1, run = 'demo') => ({ run, round, attempt }) as RoundInvite;
const request = (round: number) => ({ run: 'demo', round, model: { sha256: `m${round}` } }) as EvaluateRequest;
const invited = (round: number, attempt = 1, run = 'demo'): AgendaEvent => ({ type: 'invited', invite: invite(round, attempt, run) });

function run(events: readonly AgendaEvent[]): { state: AgendaState; effects: string[] } {
  let state = EMPTY_AGENDA;
  const effects: string[] = [];
  for (const event of events) {
    const step = stepAgenda(state, event);
    state = step.state;
    effects.push(...step.effects.map(describeEffect));
  }
  return { state, effects };
}

function describeEffect(effect: AgendaEffect): string {
  if (effect.type === 'begin') {
    const { task } = effect;
    return task.type === 'evaluate' ? `evaluate ${task.request.round}` : `${task.type} ${task.key.run}.${task.key.round}.${task.key.attempt}`;
  }
  return effect.type === 'abort' ? `abort: ${effect.reason}` : effect.code;
}

describe('the agenda', () => {
  it('does one thing at a time', () => {
    expect(run([invited(1), { type: 'evaluation-requested', request: request(1) }, { type: 'finished' }]).effects).toEqual(['train demo.1.1', 'evaluate 1']);
  });

  it('lets the newest invitation win', () => {
    expect(run([invited(1), invited(2), invited(3), { type: 'finished' }]).effects).toEqual([
      'train demo.1.1', 'abort: superseded', 'abort: superseded', 'train demo.3.1',
    ]);
  });

  it('ignores an invitation that came again or is older than one it has', () => {
    expect(run([invited(2), invited(2), invited(1, 5)]).effects).toEqual(['train demo.2.1', 'invite.in-progress', 'invite.superseded']);
    expect(run([invited(1), invited(2, 2), invited(2, 1)]).effects).toEqual(['train demo.1.1', 'abort: superseded', 'invite.superseded']);
  });

  it('takes the later one of two runs, which have no order', () => {
    expect(run([invited(9), invited(1, 1, 'other'), { type: 'finished' }]).effects).toEqual(['train demo.9.1', 'abort: superseded', 'train other.1.1']);
  });

  it('ends what is over and forgets what waited for it', () => {
    const over: AgendaEvent = { type: 'over', key: { run: 'demo', round: 1, attempt: 1 }, reason: 'deadline' };
    expect(run([invited(1), over, { type: 'finished' }]).effects).toEqual(['train demo.1.1', 'abort: deadline']);
    expect(run([{ type: 'evaluation-requested', request: request(0) }, invited(1), over, { type: 'finished' }]).effects).toEqual(['evaluate 0']);
  });

  it('does every evaluation once and in order, and never aborts one', () => {
    const asks = [0, 1, 1, 2].map((round): AgendaEvent => ({ type: 'evaluation-requested', request: request(round) }));
    expect(run([...asks, { type: 'finished' }, { type: 'finished' }, { type: 'finished' }]).effects).toEqual([
      'evaluate 0', 'evaluation.in-progress', 'evaluate 1', 'evaluate 2',
    ]);
    expect(run([asks[0]!, invited(1)]).effects).toEqual(['evaluate 0']);
  });

  it('sends what is undelivered unless its round is on the agenda anyway', () => {
    const undelivered: AgendaEvent = { type: 'undelivered', key: { run: 'demo', round: 1, attempt: 1 } };
    expect(run([undelivered, undelivered]).effects).toEqual(['deliver demo.1.1']);
    expect(run([invited(1), undelivered, { type: 'finished' }]).effects).toEqual(['train demo.1.1']);
    // The invitation that comes again lets the delivery go on, and is looked at after.
    expect(run([undelivered, invited(1), { type: 'finished' }]).effects).toEqual(['deliver demo.1.1', 'train demo.1.1']);
  });

  it('whatever happens, runs at most one task, waits with at most one invitation, and ends idle', () => {
    const key = fc.record({ run: fc.constantFrom('a', 'b'), round: fc.integer({ min: 1, max: 4 }), attempt: fc.integer({ min: 1, max: 2 }) });
    const anyEvent: fc.Arbitrary<AgendaEvent> = fc.oneof(
      key.map((each): AgendaEvent => ({ type: 'invited', invite: each as RoundInvite })),
      key.map((each): AgendaEvent => ({ type: 'undelivered', key: each })),
      key.map((each): AgendaEvent => ({ type: 'over', key: each, reason: 'over' })),
      fc.nat(3).map((round): AgendaEvent => ({ type: 'evaluation-requested', request: request(round) })),
      fc.constant<AgendaEvent>({ type: 'finished' }),
    );
    fc.assert(fc.property(fc.array(anyEvent, { maxLength: 60 }), (events) => {
      let state = EMPTY_AGENDA;
      let running = 0;
      for (const event of events) {
        if (event.type === 'finished') running = 0;
        const step = stepAgenda(state, event);
        running += step.effects.filter(({ type }) => type === 'begin').length;
        expect(running).toBeLessThanOrEqual(1);
        expect(running === 1).toBe(step.state.current !== undefined);
        expect(step.state.waiting.filter(({ type }) => type === 'train').length).toBeLessThanOrEqual(1);
        // Nothing waits while nobody works.
        if (step.state.current === undefined) expect(step.state.waiting).toEqual([]);
        state = step.state;
      }
      while (state.current !== undefined) state = stepAgenda(state, { type: 'finished' }).state;
      expect(state).toEqual(EMPTY_AGENDA);
    }));
  });
});
