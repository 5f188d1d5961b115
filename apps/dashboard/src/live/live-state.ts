import type { AnyDashboardEvent, DashboardEvent } from '@fedseal/protocol/dashboard-events';

/** What the page knows from the `/dashboard` socket. */

export type Connection = 'connecting' | 'live' | 'lost' | 'refused';

export interface LiveWorker {
  readonly contributor: string;
  readonly name: string;
  readonly role: string;
  readonly online: boolean;
  readonly backend?: string | undefined;
  readonly progress?: DashboardEvent<'worker.progress.v1'> | undefined;
}

export interface LiveOutcome {
  readonly outcome: 'accepted' | 'refused';
  readonly reason?: string;
  readonly examples?: number;
}

/** The attempt at a round that was seen to open. */
export interface LiveRound extends DashboardEvent<'round.opened.v1'> {
  readonly openedHere: true;
  readonly outcomes: ReadonlyMap<string, LiveOutcome>;
  readonly closed: DashboardEvent<'round.closed.v1'> | undefined;
  readonly failed: DashboardEvent<'round.failed.v1'> | undefined;
}

export interface LiveState {
  readonly connection: Connection;
  /** Why the server refused the socket. */
  readonly refusal: string | undefined;
  readonly chain: string | undefined;
  readonly head: { readonly height: number; readonly hash: string; readonly treeSize: number } | undefined;
  readonly workers: ReadonlyMap<string, LiveWorker>;
  readonly run: DashboardEvent<'snapshot.v1'>['run'];
  readonly round: LiveRound | undefined;
  /** The block that is being searched for. */
  readonly sealing: DashboardEvent<'seal.started.v1'> | undefined;
  readonly lastBlock: DashboardEvent<'block.sealed.v1'> | undefined;
}

export const START: LiveState = {
  connection: 'connecting', refusal: undefined, chain: undefined, head: undefined, workers: new Map(), run: null, round: undefined,
  sealing: undefined, lastBlock: undefined,
};

/** @returns the state after an event. Pure: the same events give the same picture, also after a gap and a new snapshot. */
export function reduceLive(state: LiveState, event: AnyDashboardEvent): LiveState {
  switch (event.name) {
    case 'snapshot.v1': {
      const { chain, head, workers, run } = event.data;
      const isSameRound = state.round !== undefined && run !== null && state.round.run === run.run && state.round.round === run.round;
      return {
        ...state, connection: 'live', refusal: undefined, chain, head, run,
        workers: new Map(workers.map((worker) => [worker.contributor, { ...state.workers.get(worker.contributor), ...worker }])),
        // What happened to it meanwhile is unknown here; the record of the round tells it.
        round: isSameRound ? state.round : undefined,
        sealing: undefined,
      };
    }
    case 'run.created.v1':
      return { ...state, run: { run: event.data.run, rounds: event.data.rounds, round: 0, status: 'running' } };
    case 'run.ended.v1':
      return { ...state, run: state.run?.run === event.data.run ? { ...state.run, status: event.data.outcome } : state.run };
    case 'worker.online.v1':
      return worker(state, event.data.contributor, { ...event.data, online: true, progress: undefined });
    case 'worker.offline.v1':
      return worker(state, event.data.contributor, { ...event.data, online: false, progress: undefined });
    case 'worker.progress.v1': {
      const { contributor, name, run, round } = event.data;
      const before = state.workers.get(contributor)?.progress;
      // An upload tells no loss: what training came to stays visible beside it.
      const figures = before !== undefined && before.run === run && before.round === round ? { ...before, ...event.data } : event.data;
      return worker(state, contributor, { contributor, name, online: true, progress: figures });
    }
    case 'round.opened.v1': {
      const { run, round } = event.data;
      return {
        ...state,
        run: state.run?.run === run ? { ...state.run, round } : state.run,
        round: { ...event.data, openedHere: true, outcomes: new Map(), closed: undefined, failed: undefined },
      };
    }
    case 'update.accepted.v1':
      return outcome(state, event.data, { outcome: 'accepted', examples: event.data.examples });
    case 'update.refused.v1':
      return outcome(state, event.data, { outcome: 'refused', reason: event.data.reason });
    case 'round.closed.v1':
      return state.round !== undefined && isOf(state.round, event.data) ? { ...state, round: { ...state.round, closed: event.data } } : state;
    case 'round.failed.v1':
      return state.round !== undefined && isOf(state.round, event.data) ? { ...state, round: { ...state.round, failed: event.data } } : state;
    case 'round.evaluated.v1':
      return state;
    case 'seal.started.v1':
      return { ...state, sealing: event.data };
    case 'block.sealed.v1': {
      const { height, hash, treeSize } = event.data;
      return { ...state, sealing: undefined, lastBlock: event.data, head: { height, hash, treeSize } };
    }
  }
}

function worker(state: LiveState, contributor: string, change: Partial<LiveWorker> & { name: string }): LiveState {
  const before = state.workers.get(contributor) ?? { contributor, role: 'contributor', online: true };
  return { ...state, workers: new Map(state.workers).set(contributor, { ...before, ...change }) };
}

interface Attempt { readonly run: string; readonly round: number; readonly attempt: number }

function isOf(round: LiveRound, at: Attempt): boolean {
  return round.run === at.run && round.round === at.round && round.attempt === at.attempt;
}

function outcome(state: LiveState, at: Attempt & { readonly contributor: string }, result: LiveOutcome): LiveState {
  if (state.round === undefined || !isOf(state.round, at)) return state;
  return { ...state, round: { ...state.round, outcomes: new Map(state.round.outcomes).set(at.contributor, result) } };
}
