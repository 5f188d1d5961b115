import { argMax, cast, customGrad, equal, logSoftmax, exp, mean, mul, neg, oneHot, sub, sum, type Scalar, type Tensor, type Tensor1D, type Tensor2D } from '@tensorflow/tfjs-core';

/**
 * Mean sparse categorical cross-entropy of logits [n, classes] against labels int32 [n], from the logarithm of the
 * softmax. Its gradient is (softmax − one-hot) / n, stated here so that the tape needs one step for it.
 */
export function crossEntropy(logits: Tensor2D, labels: Tensor1D): Scalar {
  const [count, classes] = logits.shape;
  const of = customGrad((x, save) => {
    const logarithms = logSoftmax(x as Tensor2D);
    // Cast: the WASM backend's OneHot gives int32 whatever type it is asked for.
    const targets = cast(oneHot(labels, classes), 'float32');
    (save as (tensors: Tensor[]) => void)([logarithms, targets]);
    return {
      value: neg(mean(sum(mul(logarithms, targets), 1))),
      gradFunc: (dy: Tensor, [logP, target]: Tensor[]) => mul(sub(exp(logP!), target!), mul(dy, 1 / count)),
    };
  });
  return of(logits) as Scalar;
}

/** How many of the greatest logits are the label's: float32 scalar. */
export function correctCount(logits: Tensor2D, labels: Tensor1D): Scalar {
  return sum(equal(argMax(logits, 1), labels), undefined) as Scalar;
}
