import { toHex } from '../bytes.js';
import { JournaledMap } from '../verify/journal.js';
import type { ChainViews } from '../verify/leaf-rules.js';

/** Everything the views show as one string, to compare states. */
export function viewsSnapshot(views: ChainViews): string {
  const { charter, chainId, operator, operators, contributors, nodes, runs, rounds } = views;
  return JSON.stringify({ charter, chainId, operator, operators, contributors, nodes, runs, rounds }, (_, value: unknown) => {
    if (value instanceof JournaledMap) return [...(value.entries as ReadonlyMap<string, unknown>)];
    if (value instanceof Map) return [...(value as Map<string, unknown>)];
    return value instanceof Uint8Array ? toHex(value) : value;
  });
}
