import type { TensorShape } from '../tensors.js';

/** A tensor of the model, as its layer declares it. */
export interface TensorSpec extends TensorShape {
  /** Inputs that feed one unit, and units that one input feeds: Glorot's n_j and n_{j+1}. */
  readonly fanIn: number;
  readonly fanOut: number;
  /** `trainable` tensors take part in server optimisers; a `buffer` (running statistics) only in the mean. */
  readonly role: 'trainable' | 'buffer';
  readonly initializer: 'glorotUniform' | 'zeros';
}
