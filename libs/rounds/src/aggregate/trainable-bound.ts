/** B for trainable tensors: no sane update moves a weight further in one round. A power of two. */
export const TRAINABLE_BOUND = 8;
