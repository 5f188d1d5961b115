import type { AnyDashboardEvent } from '@fedseal/protocol/dashboard-events';

/** Which of the things read over REST an event makes stale (keys of `rest/queries.ts`); none for what only the socket tells. */
export function staleKeys(event: AnyDashboardEvent): readonly (readonly unknown[])[] {
  switch (event.name) {
    case 'run.created.v1':
      return [['runs']];
    case 'run.ended.v1':
      return [['runs'], ['run', event.data.run]];
    case 'worker.online.v1':
    case 'worker.offline.v1':
      return [['contributors'], ['contributor', event.data.contributor]];
    case 'round.opened.v1':
    case 'round.closed.v1':
    case 'round.failed.v1':
    case 'round.evaluated.v1':
      return [['runs'], ['run', event.data.run], ['rounds', event.data.run], ['provenance', event.data.run, event.data.round]];
    case 'update.accepted.v1':
    case 'update.refused.v1':
      return [['provenance', event.data.run, event.data.round], ['contributions', event.data.contributor]];
    case 'block.sealed.v1':
      return [['federation'], ['blocks'], ['contributions'], ...event.data.rounds.flatMap(({ run, round }) => [['rounds', run], ['provenance', run, round], ['run', run]])];
    case 'snapshot.v1':
    case 'worker.progress.v1':
    case 'seal.started.v1':
      return [];
  }
}
