import type { ResolvedLayer } from '../layers/resolve-layers.js';
import { ModelError } from '../model-error.js';
import type { Tensor } from '../tensors.js';

/**
 * The tensors under PyTorch's names and in its layouts: `layer.weight` [out, in, height, width] or [out, in], `layer.bias`.
 *
 * PyTorch lays images out as [channels, height, width], so what its flatten gives stands in another order: the rows of the first
 * dense kernel after a flatten move with it.
 * @param tensors as `tensorsInOrder` gives them
 */
export function torchTensors(layers: readonly ResolvedLayer[], tensors: readonly Tensor[]): Tensor[] {
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const named = (name: string): Tensor => {
    const tensor = byName.get(name);
    if (tensor === undefined) throw new ModelError('shape-mismatch', `The tensor ${name} is missing.`);
    return tensor;
  };
  /** What the last flatten turned into a row, while nothing mixed it yet. */
  let flattened: readonly number[] | undefined;
  return layers.flatMap(({ name, spec, inputShape }) => {
    if (spec.type === 'flatten') flattened ??= inputShape;
    if (spec.type !== 'conv2d' && spec.type !== 'dense') return [];
    const kernel = named(`${name}.kernel`);
    const weight = spec.type === 'conv2d' ? outInHeightWidth(kernel) : outIn(flattened ? channelsFirstRows(kernel, flattened) : kernel);
    flattened = undefined;
    return [{ ...weight, name: `${name}.weight` }, { ...named(`${name}.bias`), name: `${name}.bias` }];
  });
}

/** [height, width, in, out] → [out, in, height, width] */
function outInHeightWidth({ name, shape, data }: Tensor): Tensor {
  const [height, width, inputs, outputs] = shape as [number, number, number, number];
  const moved = new Float32Array(data.length);
  let from = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let i = 0; i < inputs; i++) {
        for (let o = 0; o < outputs; o++) moved[((o * inputs + i) * height + y) * width + x] = data[from++]!;
      }
    }
  }
  return { name, shape: [outputs, inputs, height, width], data: moved };
}

/** [in, out] → [out, in] */
function outIn({ name, shape, data }: Tensor): Tensor {
  const [inputs, outputs] = shape as [number, number];
  const moved = new Float32Array(data.length);
  let from = 0;
  for (let i = 0; i < inputs; i++) for (let o = 0; o < outputs; o++) moved[o * inputs + i] = data[from++]!;
  return { name, shape: [outputs, inputs], data: moved };
}

/** Rows that count through [height, width, channels] → rows that count through [channels, height, width] */
function channelsFirstRows(kernel: Tensor, image: readonly number[]): Tensor {
  const [height, width, channels] = image;
  if (height === undefined || width === undefined || channels === undefined) return kernel;
  const outputs = kernel.shape[1]!;
  const moved = new Float32Array(kernel.data.length);
  let from = 0;
  for (let place = 0; place < height * width; place++) {
    for (let c = 0; c < channels; c++) {
      moved.set(kernel.data.subarray(from, from + outputs), (c * height * width + place) * outputs);
      from += outputs;
    }
  }
  return { ...kernel, data: moved };
}
