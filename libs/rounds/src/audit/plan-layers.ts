import type { LayerSpec, ModelSpec, Size2 } from '@fedseal/model/layers/layer-spec';
import { field, fieldAt, hasField, oneOf, refusePlan, whole, wholes } from './plan-fields.js';

const LAYER_NAME = /^[a-z][a-z0-9_]{0,39}$/;
const PADDINGS = ['valid', 'same'] as const;
const TYPES = ['conv2d', 'maxPooling2d', 'flatten', 'dense'] as const;
/** Has no tensors and no shape, so an audit never asks. */
const ACTIVATION = 'linear';

/** The part of a plan's `model` that its tensors follow from. @throws ChainError `audit.plan` */
export function readModelSpec(plan: unknown): ModelSpec {
  const inputShape = wholes(fieldAt(plan, 'model.inputShape'), 'model.inputShape', 1, 3);
  const layers = fieldAt(plan, 'model.layers');
  if (!Array.isArray(layers) || layers.length === 0) throw refusePlan('model.layers', 'a list of layers');
  return { name: '', inputShape, layers: layers.map((layer, n) => readLayer(layer, `model.layers.${n}`)) };
}

function readLayer(layer: unknown, at: string): LayerSpec {
  const own = (name: string) => field(layer, name, `${at}.${name}`);
  const size = (name: string) => readSize(own(name), `${at}.${name}`);
  const padding = () => oneOf(own('padding'), `${at}.padding`, PADDINGS);
  const type = oneOf(own('type'), `${at}.type`, TYPES);
  const name = hasField(layer, 'name') ? { name: readName(layer['name'], at) } : {};
  switch (type) {
    case 'conv2d':
      return {
        type, ...name, filters: whole(own('filters'), `${at}.filters`), kernelSize: size('kernelSize'), strides: size('strides'),
        padding: padding(), activation: ACTIVATION,
      };
    case 'maxPooling2d':
      return { type, ...name, poolSize: size('poolSize'), padding: padding(), ...(hasField(layer, 'strides') ? { strides: size('strides') } : {}) };
    case 'flatten':
      return { type, ...name };
    case 'dense':
      return { type, ...name, units: whole(own('units'), `${at}.units`), activation: ACTIVATION };
  }
}

function readName(name: unknown, at: string): string {
  if (typeof name !== 'string' || !LAYER_NAME.test(name)) throw refusePlan(`${at}.name`, 'a name of small letters, digits and underscores');
  return name;
}

function readSize(value: unknown, at: string): Size2 {
  return Array.isArray(value) ? (wholes(value, at, 2, 2) as [number, number]) : whole(value, at);
}
