import { useQuery } from '@tanstack/react-query';
import { decodeHeader } from '@fedseal/chain/header/header';
import { work } from '@fedseal/chain/pow/target';
import { useFederation } from '../../rest/queries.js';
import { servedHeaders } from '../../verify/served-chain.js';

export interface HeaderFigures {
  readonly height: number;
  /** Expected tries. */
  readonly work: number;
  /** Part of the time since the block before that the search took, 0 to 1. */
  readonly share: number | null;
}

/** Difficulty and sealing time of every block, from the headers themselves. */
export function useHeaderFigures() {
  const size = useFederation().data?.head.treeSize;
  return useQuery({ queryKey: ['headers', size], queryFn: () => readFigures(size as number), enabled: size !== undefined, placeholderData: (before) => before });
}

async function readFigures(size: number): Promise<HeaderFigures[]> {
  const figures: HeaderFigures[] = [];
  let previousMs: number | undefined;
  for await (const bytes of servedHeaders(size)) {
    const { height, k, m, sealStartMs, timestampMs } = decodeHeader(bytes);
    const passed = previousMs === undefined ? 0 : timestampMs - previousMs;
    figures.push({ height, work: Number(work(k, m)), share: passed > 0 ? (timestampMs - sealStartMs) / passed : null });
    previousMs = timestampMs;
  }
  return figures;
}
