/** Leaf kinds and their wire numbers (docs/CHAIN.md). The order is part of the format: never renumber. */
export const LEAF_KINDS = {
  'charter': 1,
  'block.link': 2,
  'operator.rotate': 3,
  'node.add': 4,
  'node.remove': 5,
  'contributor.enrol': 6,
  'contributor.rotate': 7,
  'contributor.revoke': 8,
  'resource.register': 9,
  'run.create': 10,
  'run.end': 11,
  'round.open': 12,
  'update.commit': 13,
  'update.verdict': 14,
  'round.close': 15,
  'evaluation': 16,
  'annotate': 17,
} as const;

export type LeafKind = keyof typeof LEAF_KINDS;

const byNumber = new Map<number, LeafKind>(
  Object.entries(LEAF_KINDS).map(([name, number]) => [number, name as LeafKind]),
);

/** @returns the kind's name, or undefined for a number this version does not know. */
export function leafKindName(number: number): LeafKind | undefined {
  return byNumber.get(number);
}

/** The DSSE payload type a signature of this kind covers. */
export function leafPayloadType(kind: LeafKind): string {
  return `application/vnd.fedseal.${kind}.v1+json`;
}
