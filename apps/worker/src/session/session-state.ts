import { backOffMs, type BackOff } from '../coordinator/back-off.js';

/** The worker's connection as a pure machine: what happened, and what is to be done about it. */
export type SessionState =
  | { readonly phase: 'idle' }
  | { readonly phase: 'connecting'; readonly failures: number }
  /** Waiting out a back-off. */
  | { readonly phase: 'offline'; readonly failures: number }
  | { readonly phase: 'online' }
  | { readonly phase: 'stopped' };

export type SessionEvent =
  | { readonly type: 'start' }
  | { readonly type: 'connected' }
  /** An attempt failed. `final` when no later attempt could end differently. */
  | { readonly type: 'failed'; readonly code: string; readonly message: string; readonly final: boolean }
  /** An established connection ended. */
  | { readonly type: 'lost'; readonly reason: string }
  /** Another process took over this key's place. */
  | { readonly type: 'replaced' }
  | { readonly type: 'wait-over' }
  | { readonly type: 'stop' };

export type SessionEffect =
  | { readonly type: 'connect' }
  | { readonly type: 'wait'; readonly delayMs: number }
  | { readonly type: 'disconnect' }
  | { readonly type: 'report-online' }
  | { readonly type: 'report-offline'; readonly code: string; readonly message: string; readonly retryInMs: number }
  /** Give up: the worker ends with this error. */
  | { readonly type: 'halt'; readonly code: string; readonly message: string };

export interface SessionStep {
  readonly state: SessionState;
  readonly effects: readonly SessionEffect[];
}

export const INITIAL_SESSION: SessionState = { phase: 'idle' };

/** @param random in [0, 1): the back-off's jitter. Events that mean nothing in a state change nothing. */
export function stepSession(state: SessionState, event: SessionEvent, backOff: BackOff, random: number): SessionStep {
  const stay: SessionStep = { state, effects: [] };
  if (state.phase === 'stopped') return stay;
  switch (event.type) {
    case 'start':
      return state.phase === 'idle' ? { state: { phase: 'connecting', failures: 0 }, effects: [{ type: 'connect' }] } : stay;
    case 'connected':
      return state.phase === 'connecting' ? { state: { phase: 'online' }, effects: [{ type: 'report-online' }] } : stay;
    case 'failed': {
      if (state.phase !== 'connecting') return stay;
      if (event.final) return halt(event.code, event.message);
      return waitOut(state.failures + 1, event.code, event.message, backOff, random);
    }
    case 'lost':
      return state.phase === 'online'
        ? waitOut(1, 'connection.lost', `The connection ended (${event.reason}).`, backOff, random)
        : stay;
    case 'replaced':
      return halt('session.replaced', 'Another worker connected with this key, so this one ends; run one process for each home folder.');
    case 'wait-over':
      return state.phase === 'offline'
        ? { state: { phase: 'connecting', failures: state.failures }, effects: [{ type: 'connect' }] }
        : stay;
    case 'stop':
      return { state: { phase: 'stopped' }, effects: [{ type: 'disconnect' }] };
  }
}

function waitOut(failures: number, code: string, message: string, backOff: BackOff, random: number): SessionStep {
  const delayMs = backOffMs(backOff, failures, random);
  return {
    state: { phase: 'offline', failures },
    effects: [{ type: 'report-offline', code, message, retryInMs: delayMs }, { type: 'wait', delayMs }],
  };
}

function halt(code: string, message: string): SessionStep {
  return { state: { phase: 'stopped' }, effects: [{ type: 'disconnect' }, { type: 'halt', code, message }] };
}
