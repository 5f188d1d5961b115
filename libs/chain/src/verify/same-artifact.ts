import type { Artifact } from '../leaf/payload-fields.js';

export function sameArtifact(a: Artifact, b: Artifact): boolean {
  return a.sha256 === b.sha256 && a.tensorRoot === b.tensorRoot && a.bytes === b.bytes;
}
