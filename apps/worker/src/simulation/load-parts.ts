import { parsePartition } from '../config/data-arguments.js';
import type { Dataset } from '../data/dataset.js';
import { loadDataset } from '../data/load-dataset.js';
import { partition } from '../data/partition.js';
import { WorkerError } from '../worker-error.js';
import type { HostSpec } from './host-spec.js';

/**
 * The whole training set once, and every client's part of it as indices.
 * @throws WorkerError `data.*`, `usage.partition`; `examples.over-cap` where a part is larger than the plan allows
 */
export async function loadParts({ data, clients, seed, examplesCap }: HostSpec): Promise<{ dataset: Dataset; parts: Uint32Array[] }> {
  const dataset = await loadDataset({
    source: data.source, split: 'train', partition: { kind: 'iid' }, seed,
    ...(data.examples === undefined ? {} : { examples: data.examples }),
  });
  const parts = partition(dataset.labels, parsePartition(data.partition), clients, seed);
  const most = Math.max(...parts.map(({ length }) => length));
  if (most > examplesCap) {
    throw new WorkerError('examples.over-cap', `A client has ${most} examples and the plan takes at most ${examplesCap}; raise policy.examplesCap.`);
  }
  return { dataset, parts };
}

export function loadTestSet({ data, seed }: HostSpec): Promise<Dataset> {
  return loadDataset({
    source: data.source, split: 'test', partition: { kind: 'iid' }, seed,
    ...(data.testExamples === undefined ? {} : { examples: data.testExamples }),
  });
}
