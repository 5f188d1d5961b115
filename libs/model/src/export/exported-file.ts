import type { Tensor } from '../tensors.js';
import type { ModelSpec } from '../layers/layer-spec.js';

/** A file of an export: its name within the folder, and its content. */
export interface ExportedFile {
  readonly name: string;
  readonly content: Uint8Array | string;
}

/** What is exported. Metadata says where the model comes from; every format carries it in a place of its own. */
export interface ExportableModel {
  readonly spec: ModelSpec;
  /** Of exactly the names and shapes that the layers declare, in any order. */
  readonly tensors: readonly Tensor[];
  readonly metadata: Readonly<Record<string, string>>;
}
