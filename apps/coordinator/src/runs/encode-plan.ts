import type { RunPlan } from '@fedseal/protocol/plan';

/**
 * RFC 8785 JSON of a plan. A plan is a blob, not a leaf, so its learning rates may be JSON numbers: JSON.stringify
 * writes those as the RFC asks, and only the order of keys is left to do.
 */
export function encodePlan(plan: RunPlan): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(sorted(plan)));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
