import type { ReadLeaf } from '@fedseal/chain/leaf/read-leaf';

/** A blob that a sealed leaf names. */
export interface BlobReference {
  readonly sha256: string;
  readonly role: 'plan' | 'initial model' | 'candidates' | 'update' | 'model' | 'weights' | 'server state';
  /** False for what a plan's retention, or a refusal, may have removed: an update can go, a result cannot. */
  readonly required: boolean;
}

/** The blobs a leaf refers to, so that an export holds them and an audit misses them. */
export function referencedBlobs(leaf: ReadLeaf): BlobReference[] {
  switch (leaf.kind) {
    case 'run.create':
      return [
        { sha256: leaf.payload.plan.sha256, role: 'plan', required: true },
        { sha256: leaf.payload.initial.sha256, role: 'initial model', required: true },
      ];
    case 'round.open':
      return [{ sha256: leaf.payload.candidates.sha256, role: 'candidates', required: true }];
    case 'update.commit':
      return [{ sha256: leaf.payload.update.sha256, role: 'update', required: false }];
    case 'round.close': {
      const { model, weights, serverState } = leaf.payload.predicate;
      return [
        { sha256: model.sha256, role: 'model', required: true },
        { sha256: weights.sha256, role: 'weights', required: true },
        ...(serverState === null ? [] : [{ sha256: serverState, role: 'server state' as const, required: true }]),
      ];
    }
    default:
      return [];
  }
}
