import { useInfiniteQuery, useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query';
import { lineage, modelView, provenance, runDetail, type RoundView } from '@fedseal/protocol/rest';
import { block, blockPage, contributionPage, contributorPage, contributorView, federation, leafDetail, roundPage, runPage } from './ledger-views.js';
import { request } from './request.js';

/** One hook for each thing that is read; the live events name these keys when something changed. */

/** Sealed content never changes. */
const FOREVER = { staleTime: Infinity } as const;
/** How far back a round may still change after a later one was seen: its block and its evaluations come behind it. */
const UNSETTLED_ROUNDS = 5;

export const useFederation = () => useQuery({ queryKey: ['federation'], queryFn: ({ signal }) => request('/v1/federation', federation, { signal }) });

export const useRuns = () => useInfiniteQuery({
  queryKey: ['runs'],
  queryFn: ({ signal, pageParam }) => request(`/v1/runs?limit=200${pageParam === null ? '' : `&after=${pageParam}`}`, runPage, { signal }),
  initialPageParam: null as string | null,
  getNextPageParam: ({ next }) => next,
});

export const useRun = (run: string | undefined) => useQuery({
  queryKey: ['run', run],
  queryFn: ({ signal }) => request(`/v1/runs/${run}`, runDetail, { signal }),
  enabled: run !== undefined,
});

/** Every attempt at every round of a run, oldest first. After the first reading only the end of the list is asked for. */
export function useRounds(run: string | undefined) {
  const client = useQueryClient();
  return useQuery({
    queryKey: ['rounds', run],
    queryFn: ({ signal }) => readRounds(run as string, client, signal),
    enabled: run !== undefined,
  });
}

async function readRounds(run: string, client: QueryClient, signal: AbortSignal): Promise<RoundView[]> {
  const known = client.getQueryData<RoundView[]>(['rounds', run]) ?? [];
  const settled = Math.max(0, (known.at(-1)?.round ?? 0) - UNSETTLED_ROUNDS);
  const rounds = known.filter(({ round }) => round <= settled);
  for (let after: number | null = settled; after !== null;) {
    const page: { rounds: RoundView[]; next: number | null } = await request(`/v1/runs/${run}/rounds?limit=1000&after=${after}`, roundPage, { signal });
    rounds.push(...page.rounds);
    after = page.next;
  }
  return rounds;
}

export const useProvenance = (run: string | undefined, round: number | undefined) => useQuery({
  queryKey: ['provenance', run, round],
  queryFn: ({ signal }) => request(`/v1/runs/${run}/rounds/${round}/provenance`, provenance, { signal }),
  enabled: run !== undefined && round !== undefined && round > 0,
});

export const useBlocks = (limit = 50) => useInfiniteQuery({
  queryKey: ['blocks', limit],
  queryFn: ({ signal, pageParam }) => request(`/v1/blocks?limit=${limit}${pageParam === null ? '' : `&before=${pageParam}`}`, blockPage, { signal }),
  initialPageParam: null as number | null,
  getNextPageParam: ({ next }) => next,
});

export const useBlock = (id: string) => useQuery({
  queryKey: ['block', id], queryFn: ({ signal }) => request(`/v1/blocks/${id}`, block, { signal }), ...FOREVER,
});

export const useLeaf = (index: string) => useQuery({
  queryKey: ['leaf', index], queryFn: ({ signal }) => request(`/v1/leaves/${index}`, leafDetail, { signal }), ...FOREVER,
});

export const useContributors = () => useInfiniteQuery({
  queryKey: ['contributors'],
  queryFn: ({ signal, pageParam }) => request(`/v1/contributors?limit=1000${pageParam === null ? '' : `&after=${pageParam}`}`, contributorPage, { signal }),
  initialPageParam: null as string | null,
  getNextPageParam: ({ next }) => next,
});

export const useContributor = (id: string) => useQuery({
  queryKey: ['contributor', id], queryFn: ({ signal }) => request(`/v1/contributors/${id}`, contributorView, { signal }),
});

export const useContributions = (id: string) => useInfiniteQuery({
  queryKey: ['contributions', id],
  queryFn: ({ signal, pageParam }) => request(`/v1/contributors/${id}/contributions?limit=200${pageParam === null ? '' : `&after=${pageParam}`}`, contributionPage, { signal }),
  initialPageParam: null as string | null,
  getNextPageParam: ({ next }) => next,
});

export const useModel = (sha256: string) => useQuery({
  queryKey: ['model', sha256], queryFn: ({ signal }) => request(`/v1/models/${sha256}`, modelView, { signal }),
});

export const useLineage = (sha256: string) => useQuery({
  queryKey: ['lineage', sha256], queryFn: ({ signal }) => request(`/v1/models/${sha256}/lineage`, lineage, { signal }),
});
