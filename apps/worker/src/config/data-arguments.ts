import { WorkerError } from '../worker-error.js';

/** How one data set is split among simulated workers. */
export type PartitionChoice =
  | { readonly kind: 'iid' }
  | { readonly kind: 'dirichlet'; readonly alpha: number }
  /** McMahan's split: sorted by label, cut into pieces, `perWorker` pieces each. */
  | { readonly kind: 'shards'; readonly perWorker: number };

/** @throws WorkerError `usage.partition` */
export function parsePartition(value: string): PartitionChoice {
  if (value === 'iid') return { kind: 'iid' };
  const [kind, text = ''] = value.split(':', 2);
  const number = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (kind === 'dirichlet' && number > 0) return { kind, alpha: number };
  if (kind === 'shards' && Number.isInteger(number) && number >= 1) return { kind, perWorker: number };
  throw new WorkerError('usage.partition', `--partition takes iid, dirichlet:ALPHA or shards:N; not "${value}".`);
}

/** `I/N`: I counts from 1 to N, as people count. @throws WorkerError `usage.shard` */
export function parseShard(value: string): { index: number; of: number } {
  const match = /^(\d{1,7})\/(\d{1,7})$/.exec(value);
  const position = Number(match?.[1]);
  const of = Number(match?.[2]);
  if (!match || position < 1 || position > of) {
    throw new WorkerError('usage.shard', `--shard takes I/N with I from 1 to N, such as 1/4; not "${value}".`);
  }
  return { index: position - 1, of };
}

/** A share such as 0.1. @throws WorkerError `usage.hold-out` */
export function parseHoldOut(value: string): number {
  const share = /^0?\.\d{1,6}$/.test(value) ? Number(value) : Number.NaN;
  if (share > 0) return share;
  throw new WorkerError('usage.hold-out', `--hold-out takes a share between 0 and 1, such as 0.1; not "${value}".`);
}

/** `HxWxC`. @throws WorkerError `usage.image-size` */
export function parseImageSize(value: string): [number, number, number] {
  const match = /^([1-9]\d{0,3})x([1-9]\d{0,3})x([1-9]\d{0,3})$/.exec(value);
  if (match) return [Number(match[1]), Number(match[2]), Number(match[3])];
  throw new WorkerError('usage.image-size', `--image-size takes height, width and channels, such as 28x28x1 for grey or 32x32x3 for coloured images; not "${value}".`);
}

/** Names with commas between them. @throws WorkerError `usage.classes` */
export function parseClasses(value: string): string[] {
  const names = value.split(',').map((name) => name.trim());
  if (names.every((name) => name !== '') && new Set(names).size === names.length) return names;
  throw new WorkerError('usage.classes', `--classes takes the classes' names with commas between them, each once, such as cat,dog; not "${value}".`);
}
