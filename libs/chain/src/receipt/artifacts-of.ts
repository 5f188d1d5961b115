import type { ReadLeaf } from '../leaf/read-leaf.js';
import type { NamedArtifact } from './receipt.js';

/** The files that a leaf names by their SHA-256, in the order of its document. */
export function artifactsOf(leaf: ReadLeaf): NamedArtifact[] {
  switch (leaf.kind) {
    case 'run.create':
      return [named('plan', leaf.payload.plan), named('initial-model', leaf.payload.initial)];
    case 'run.end':
      return [named('model', leaf.payload.model)];
    case 'round.open':
      return [named('base-model', leaf.payload.base), named('candidates', leaf.payload.candidates)];
    case 'update.commit':
      return [{ role: 'base-model', sha256: leaf.payload.base }, named('update', leaf.payload.update)];
    case 'round.close': {
      const { base, model, weights, serverState } = leaf.payload.predicate;
      const state = serverState === null ? [] : [{ role: 'server-state', sha256: serverState }];
      return [{ role: 'base-model', sha256: base }, named('model', model), named('weights', weights), ...state];
    }
    case 'evaluation':
      return [{ role: 'model', sha256: leaf.payload.model }];
    default:
      return [];
  }
}

function named(role: string, { sha256 }: { readonly sha256: string }): NamedArtifact {
  return { role, sha256 };
}
