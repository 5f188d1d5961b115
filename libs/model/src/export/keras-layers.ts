import { pair, type LayerSpec } from '../layers/layer-spec.js';
import type { ResolvedLayer } from '../layers/resolve-layers.js';

export interface KerasLayer {
  readonly class_name: 'Conv2D' | 'MaxPooling2D' | 'Flatten' | 'Dense';
  readonly config: Readonly<Record<string, unknown>>;
}

/** A layer's class and configuration as Keras and TensorFlow.js write them; both lay images out as [height, width, channels]. */
export function kerasLayer({ name, spec }: ResolvedLayer): KerasLayer {
  return { class_name: CLASSES[spec.type], config: { name, trainable: true, dtype: 'float32', ...settings(spec) } };
}

const CLASSES = { conv2d: 'Conv2D', maxPooling2d: 'MaxPooling2D', flatten: 'Flatten', dense: 'Dense' } as const;

function settings(spec: LayerSpec): Record<string, unknown> {
  const data_format = 'channels_last';
  switch (spec.type) {
    case 'conv2d':
      return {
        filters: spec.filters, kernel_size: pair(spec.kernelSize), strides: pair(spec.strides), padding: spec.padding, data_format,
        dilation_rate: [1, 1], activation: spec.activation, use_bias: true,
      };
    case 'maxPooling2d':
      return { pool_size: pair(spec.poolSize), strides: pair(spec.strides ?? spec.poolSize), padding: spec.padding, data_format };
    case 'flatten':
      return { data_format };
    case 'dense':
      return { units: spec.units, activation: spec.activation, use_bias: true };
  }
}
