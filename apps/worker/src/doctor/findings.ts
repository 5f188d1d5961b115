/** What a look at one backend found, in the process that looked. */
export type Probe =
  | {
      readonly available: true;
      readonly detail: string;
      /** Of the small CNN, forward, backward and Adam. */
      readonly imagesPerSecond: number;
      readonly batchSize: number;
      /** Why the automatic order passes it over although it works. */
      readonly onlyOnRequest?: string;
    }
  | { readonly available: false; readonly why: string; readonly remedy?: string };

export interface Finding {
  readonly backend: string;
  /** `chosen`: the one that a worker takes; `on-request`: works, and is taken only by its name. */
  readonly state: 'chosen' | 'available' | 'on-request' | 'unavailable';
  /** What it computes with, or why it cannot. */
  readonly reason: string;
  readonly remedy: string | null;
  readonly imagesPerSecond: number | null;
  readonly batchSize: number | null;
}

/** The first that works is chosen, unless it works on request alone and nobody asked for it. */
export function judge(probes: readonly (readonly [backend: string, probe: Probe])[], automatic: boolean): Finding[] {
  let chosen = false;
  return probes.map(([backend, probe]) => {
    if (!probe.available) {
      return { backend, state: 'unavailable', reason: probe.why, remedy: probe.remedy ?? null, imagesPerSecond: null, batchSize: null };
    }
    const { detail, imagesPerSecond, batchSize, onlyOnRequest } = probe;
    const figures = { remedy: null, imagesPerSecond, batchSize };
    if (automatic && onlyOnRequest !== undefined) return { backend, state: 'on-request', reason: `${onlyOnRequest} (${detail})`, ...figures };
    const state = chosen ? 'available' : 'chosen';
    chosen = true;
    return { backend, state, reason: detail, ...figures };
  });
}
