import { WorkerError } from '../worker-error.js';
import { SeededRandom } from './seeded-random.js';

/** How one data set is split among workers; the same seed and rule give every worker the same view of all parts. */
export type Partition =
  | { readonly kind: 'iid' }
  /** Class proportions drawn from a symmetric Dirichlet distribution: small alpha, unequal workers. */
  | { readonly kind: 'dirichlet'; readonly alpha: number }
  /** McMahan's label shards: `perWorker` pieces of the sorted data set for each. */
  | { readonly kind: 'shards'; readonly perWorker: number };

/** Keeps the partition's stream apart from others of the same seed. */
const PURPOSE = 1;

/**
 * Splits examples into `parts`: together they hold each example exactly once.
 * @returns indices of each part, shuffled
 * @throws WorkerError `data.parts` where there is not enough for everybody to have some
 */
export function partition(labels: Uint8Array, rule: Partition, parts: number, seed: number): Uint32Array[] {
  if (labels.length < parts) {
    throw new WorkerError('data.parts', `${labels.length} examples do not make ${parts} parts; use more examples or fewer parts.`);
  }
  const random = new SeededRandom(seed, PURPOSE);
  switch (rule.kind) {
    case 'iid':
      return cut(random.permutation(labels.length), parts);
    case 'dirichlet':
      return dirichletParts(labels, rule.alpha, parts, random);
    case 'shards':
      return labelShards(labels, rule.perWorker, parts, random);
  }
}

/** Consecutive pieces, sizes within one of each other. */
function cut(order: Uint32Array, pieces: number): Uint32Array[] {
  return Array.from({ length: pieces }, (_, piece) =>
    order.slice(Math.floor((piece * order.length) / pieces), Math.floor(((piece + 1) * order.length) / pieces)));
}

/** Indices sorted by label; a label's examples in random order. */
function sortedByLabel(labels: Uint8Array, random: SeededRandom): Uint32Array {
  const order = random.permutation(labels.length);
  return order.sort((a, b) => labels[a]! - labels[b]!);
}

/**
 * McMahan et al. 2017, section 3: sort by label, cut into parts × perWorker shards, give each part perWorker at random.
 */
function labelShards(labels: Uint8Array, perWorker: number, parts: number, random: SeededRandom): Uint32Array[] {
  const pieces = parts * perWorker;
  if (pieces > labels.length) {
    throw new WorkerError('data.parts', `${labels.length} examples do not make ${pieces} shards; use more examples or fewer shards.`);
  }
  const shards = cut(sortedByLabel(labels, random), pieces);
  const dealt = random.permutation(pieces);
  return Array.from({ length: parts }, (_, part) => {
    const own = Array.from(dealt.subarray(part * perWorker, (part + 1) * perWorker), (shard) => shards[shard]!);
    return shuffledUnion(own, random);
  });
}

/**
 * Hsu, Qi and Brown 2019 (arXiv:1909.06335), class by class as later work does: each class is divided among the parts in
 * proportions drawn from Dir(alpha). A part left empty takes one example from the largest.
 */
function dirichletParts(labels: Uint8Array, alpha: number, parts: number, random: SeededRandom): Uint32Array[] {
  const own: Uint32Array[][] = Array.from({ length: parts }, () => []);
  for (const examples of byClass(sortedByLabel(labels, random), labels)) {
    const shares = Array.from({ length: parts }, () => random.gamma(alpha));
    const total = shares.reduce((sum, share) => sum + share, 0);
    let before = 0;
    let start = 0;
    shares.forEach((share, part) => {
      before += share;
      // Where every share underflowed to 0 the class goes to the last part; the last bound is exact in any case.
      const end = part === parts - 1 ? examples.length : total > 0 ? Math.min(examples.length, Math.round((before / total) * examples.length)) : 0;
      own[part]!.push(examples.subarray(start, end));
      start = end;
    });
  }
  return feedEmpty(own.map((pieces) => shuffledUnion(pieces, random)));
}

function byClass(sorted: Uint32Array, labels: Uint8Array): Uint32Array[] {
  const classes: Uint32Array[] = [];
  let start = 0;
  for (let i = 1; i <= sorted.length; i++) {
    if (i < sorted.length && labels[sorted[i]!] === labels[sorted[start]!]) continue;
    classes.push(sorted.subarray(start, i));
    start = i;
  }
  return classes;
}

function feedEmpty(parts: Uint32Array[]): Uint32Array[] {
  const fed = [...parts];
  fed.forEach((part, index) => {
    if (part.length > 0) return;
    const largest = fed.reduce((best, each, at) => (each.length > fed[best]!.length ? at : best), 0);
    fed[index] = fed[largest]!.slice(-1);
    fed[largest] = fed[largest]!.slice(0, -1);
  });
  return fed;
}

function shuffledUnion(pieces: readonly Uint32Array[], random: SeededRandom): Uint32Array {
  const union = new Uint32Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    union.set(piece, at);
    at += piece.length;
  }
  random.shuffle(union);
  return union;
}
