import type { Tensor } from '@fedseal/model/tensors';
import type { Artifact } from '@fedseal/protocol/fields';
import type { ModelSpec } from '@fedseal/protocol/plan';
import { Artifacts } from '../coordinator/artifacts.js';

/** The newest base model of a process, fetched and checked once for all of its members. */
export class SharedModels {
  #kept: { readonly sha256: string; readonly tensors: Promise<Tensor[]> } | undefined;

  /** @param fetch called only when the model is not the one that is kept; its tensors are moved where every thread can read them */
  get(sha256: string, fetch: () => Promise<Tensor[]>): Promise<Tensor[]> {
    if (this.#kept?.sha256 === sha256) return this.#kept.tensors;
    const tensors = fetch().then((fetched) => fetched.map(shareable));
    this.#kept = { sha256, tensors };
    // A fetch that failed, or was called off for the one that began it, is begun again by the next.
    tensors.catch(() => {
      if (this.#kept?.tensors === tensors) this.#kept = undefined;
    });
    return tensors;
  }
}

function shareable(tensor: Tensor): Tensor {
  const data = new Float32Array(new SharedArrayBuffer(tensor.data.byteLength));
  data.set(tensor.data);
  return { ...tensor, data };
}

/** Artifacts of one member: uploads with a session of its own, models through what the process shares. */
export class MemberArtifacts extends Artifacts {
  constructor(
    parts: ConstructorParameters<typeof Artifacts>[0],
    private readonly models: SharedModels,
    /** Of the whole process: what one member calls off, others may still wait for. */
    private readonly ended: AbortSignal,
  ) {
    super(parts);
  }

  override async fetchModel(expected: Artifact, model: ModelSpec, signal: AbortSignal): Promise<Tensor[]> {
    const tensors = await this.models.get(expected.sha256, () => super.fetchModel(expected, model, this.ended));
    signal.throwIfAborted();
    return tensors;
  }
}
