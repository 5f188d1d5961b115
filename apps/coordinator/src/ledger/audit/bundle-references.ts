import type { BundleChoice } from '@fedseal/chain/file/bundle-contents';
import type { ReadLeaf } from '@fedseal/chain/leaf/read-leaf';
import { referencedBlobs } from './referenced-blobs.js';
import type { BlobReference } from './referenced-blobs.js';

interface RunReference extends BlobReference {
  readonly run: string;
}

/** The blobs that a chain's leaves name, and which of them a bundle is to hold. */
export class BundleReferences {
  private readonly byDigest = new Map<string, RunReference[]>();

  add(leaf: ReadLeaf): void {
    const run = runOf(leaf);
    if (run === undefined) return;
    for (const reference of referencedBlobs(leaf)) {
      const known = this.byDigest.get(reference.sha256) ?? [];
      if (known.length === 0) this.byDigest.set(reference.sha256, known);
      // One model is the base of many leaves, and one plan that of many runs.
      if (!known.some(({ run: other, role }) => other === run && role === reference.role)) known.push({ ...reference, run });
    }
  }

  /**
   * @param newest file hash of a run's current model
   * @returns for each blob that is wanted the reference that asks most for it
   */
  chosen(choice: BundleChoice, newest: (run: string) => string | undefined): { wanted: BlobReference[]; leftOut: number } {
    const wanted: BlobReference[] = [];
    let leftOut = 0;
    for (const references of this.byDigest.values()) {
      const chosen = references.filter((reference) => isChosen(reference, choice, newest));
      const [first] = chosen;
      if (first === undefined) leftOut++;
      else wanted.push(chosen.find(({ required }) => required) ?? first);
    }
    return { wanted, leftOut };
  }
}

function isChosen({ run, role, sha256 }: RunReference, { models, updates, runs }: BundleChoice, newest: (run: string) => string | undefined): boolean {
  if (runs !== null && !runs.includes(run)) return false;
  if (role === 'update') return updates === 'all';
  if (role === 'server state') return models === 'all';
  if (role === 'model' || role === 'initial model') return models === 'all' || (models === 'final' && newest(run) === sha256);
  return true;
}

function runOf(leaf: ReadLeaf): string | undefined {
  switch (leaf.kind) {
    case 'run.create':
    case 'round.open':
    case 'update.commit':
      return leaf.payload.run;
    case 'round.close':
      return leaf.payload.predicate.run;
    default:
      return undefined;
  }
}
