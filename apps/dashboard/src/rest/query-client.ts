import { QueryClient } from '@tanstack/react-query';
import { ProblemError } from './problem-error.js';

export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        // Events of the socket say when something is stale.
        staleTime: 30_000,
        retry: (failures, error) => error instanceof ProblemError && (error.isOffline || error.status >= 500) && failures < 2,
        // The coordinator may run on this machine, with no network at all.
        networkMode: 'always',
      },
    },
  });
}
