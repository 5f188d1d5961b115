import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { INITIAL_SESSION, stepSession, type SessionEffect, type SessionEvent, type SessionState } from './session-state.js';

const BACK_OFF = { firstMs: 100, mostMs: 1600 };

function run(events: readonly SessionEvent[], random = 0): { state: SessionState; effects: SessionEffect[] } {
  let state = INITIAL_SESSION;
  const effects: SessionEffect[] = [];
  for (const event of events) {
    const step = stepSession(state, event, BACK_OFF, random);
    state = step.state;
    effects.push(...step.effects);
  }
  return { state, effects };
}

const failed: SessionEvent = { type: 'failed', code: 'coordinator.unreachable', message: 'no answer', final: false };

describe('the session machine', () => {
  it('connects, and connects again after a loss', () => {
    const { state, effects } = run([{ type: 'start' }, { type: 'connected' }, { type: 'lost', reason: 'transport close' }, { type: 'wait-over' }]);
    expect(state).toEqual({ phase: 'connecting', failures: 1 });
    expect(effects.map(({ type }) => type)).toEqual(['connect', 'report-online', 'report-offline', 'wait', 'connect']);
  });

  it('doubles its wait with each failure up to the most, and begins anew after success', () => {
    const again: SessionEvent[] = Array.from({ length: 7 }, (): SessionEvent[] => [failed, { type: 'wait-over' }]).flat();
    const waits = (events: SessionEvent[]) => run(events).effects.flatMap((effect) => (effect.type === 'wait' ? [effect.delayMs] : []));
    // Jitter 0: half the step.
    expect(waits([{ type: 'start' }, ...again])).toEqual([50, 100, 200, 400, 800, 800, 800]);
    expect(waits([{ type: 'start' }, ...again, { type: 'connected' }, { type: 'lost', reason: 'x' }]).at(-1)).toBe(50);
  });

  it('gives up when no later attempt could end differently', () => {
    const { state, effects } = run([{ type: 'start' }, { ...failed, code: 'session.wrong-operator', final: true }, { type: 'wait-over' }]);
    expect(state).toEqual({ phase: 'stopped' });
    expect(effects.at(-1)).toMatchObject({ type: 'halt', code: 'session.wrong-operator' });
  });

  const anyEvent = fc.oneof(
    fc.constantFrom<SessionEvent>(
      { type: 'start' }, { type: 'connected' }, { type: 'wait-over' }, { type: 'stop' }, { type: 'lost', reason: 'x' }, { type: 'replaced' },
    ),
    fc.boolean().map((final): SessionEvent => ({ ...failed, final } as SessionEvent)),
  );

  it('never connects twice at once, and never after it was stopped', () => {
    fc.assert(fc.property(fc.array(anyEvent, { maxLength: 40 }), fc.double({ min: 0, max: 0.999, noNaN: true }), (events, random) => {
      let state = INITIAL_SESSION;
      for (const event of events) {
        const step = stepSession(state, event, BACK_OFF, random);
        const connects = step.effects.filter(({ type }) => type === 'connect').length;
        expect(connects).toBeLessThanOrEqual(1);
        if (connects === 1) expect(['idle', 'offline']).toContain(state.phase);
        if (state.phase === 'stopped') expect(step).toEqual({ state, effects: [] });
        for (const effect of step.effects) {
          if (effect.type !== 'wait') continue;
          expect(effect.delayMs).toBeGreaterThanOrEqual(BACK_OFF.firstMs / 2);
          expect(effect.delayMs).toBeLessThanOrEqual(BACK_OFF.mostMs);
        }
        state = step.state;
      }
    }));
  });

  it('always has a way on: offline waits, connecting was asked for', () => {
    fc.assert(fc.property(fc.array(anyEvent, { maxLength: 40 }), (events) => {
      let state = INITIAL_SESSION;
      for (const event of events) {
        const step = stepSession(state, event, BACK_OFF, 0);
        if (step.state !== state && step.state.phase === 'offline') expect(step.effects.map(({ type }) => type)).toContain('wait');
        if (step.state !== state && step.state.phase === 'connecting') expect(step.effects.map(({ type }) => type)).toContain('connect');
        state = step.state;
      }
    }));
  });
});
