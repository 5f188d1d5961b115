import { pair, type Activation, type Padding, type Size2 } from '../layers/layer-spec.js';
import type { ResolvedLayer } from '../layers/resolve-layers.js';

/** A module of `torch.nn.Sequential`: its name, and the Python expression that makes it. */
export type TorchModule = readonly [name: string, expression: string];

/** The modules that do what a layer does; what PyTorch has no argument for (uneven padding, activations) is a module of its own. */
export function torchModules({ name, spec, inputShape }: ResolvedLayer): TorchModule[] {
  switch (spec.type) {
    case 'conv2d': {
      const pads = padding(spec, spec.kernelSize, spec.strides, inputShape);
      const settings = [inputShape[2], spec.filters, tuple(pair(spec.kernelSize)), ...stride(spec.strides), ...even(pads)].join(', ');
      return [...uneven(name, pads, 'nn.ZeroPad2d(', ')'), [name, `nn.Conv2d(${settings})`], ...activation(name, spec.activation)];
    }
    case 'maxPooling2d': {
      const strides = spec.strides ?? spec.poolSize;
      const pads = padding(spec, spec.poolSize, strides, inputShape);
      const settings = [tuple(pair(spec.poolSize)), `stride=${tuple(pair(strides))}`, ...even(pads)].join(', ');
      return [...uneven(name, pads, 'nn.ConstantPad2d(', ', float("-inf"))'), [name, `nn.MaxPool2d(${settings})`]];
    }
    case 'flatten':
      return [[name, 'nn.Flatten()']];
    case 'dense':
      return [[name, `nn.Linear(${inputShape[0]}, ${spec.units})`], ...activation(name, spec.activation)];
  }
}

interface Pads { readonly top: number; readonly bottom: number; readonly left: number; readonly right: number }

/** `same` as TensorFlow pads: what is left over of an odd number goes below and to the right. */
function padding({ padding }: { readonly padding: Padding }, window: Size2, strides: Size2, [height = 0, width = 0]: readonly number[]): Pads {
  const along = (size: number, windowSize: number, step: number): [number, number] => {
    if (padding === 'valid') return [0, 0];
    const total = Math.max(0, (Math.ceil(size / step) - 1) * step + windowSize - size);
    return [Math.floor(total / 2), Math.ceil(total / 2)];
  };
  const [windowHeight, windowWidth] = pair(window);
  const [stepY, stepX] = pair(strides);
  const [top, bottom] = along(height, windowHeight, stepY);
  const [left, right] = along(width, windowWidth, stepX);
  return { top, bottom, left, right };
}

const isEven = ({ top, bottom, left, right }: Pads) => top === bottom && left === right;

function even(pads: Pads): string[] {
  return isEven(pads) && pads.top + pads.left > 0 ? [`padding=${tuple([pads.top, pads.left])}`] : [];
}

function uneven(name: string, pads: Pads, before: string, after: string): TorchModule[] {
  return isEven(pads) ? [] : [[`${name}_pad`, `${before}(${pads.left}, ${pads.right}, ${pads.top}, ${pads.bottom})${after}`]];
}

function stride(strides: Size2): string[] {
  const [y, x] = pair(strides);
  return y === 1 && x === 1 ? [] : [`stride=${tuple([y, x])}`];
}

/** Softmax goes over the channels or units: the second axis here. */
function activation(name: string, kind: Activation): TorchModule[] {
  if (kind === 'linear') return [];
  return [[`${name}_${kind}`, kind === 'relu' ? 'nn.ReLU()' : 'nn.Softmax(dim=1)']];
}

function tuple([a, b]: readonly [number, number]): string {
  return a === b ? String(a) : `(${a}, ${b})`;
}

