import { resolveLayers, type ResolvedLayer } from '../layers/resolve-layers.js';
import { ModelError } from '../model-error.js';
import { encodeSafetensors } from '../safetensors/encode-safetensors.js';
import type { ExportableModel, ExportedFile } from './exported-file.js';
import { tensorsInOrder } from './tensors-in-order.js';
import { torchModules, type TorchModule } from './torch-modules.js';
import { torchTensors } from './torch-tensors.js';

/**
 * For PyTorch: `model.py`, which defines `model` as a `torch.nn.Sequential`, and `model.safetensors`, which its
 * `load_state_dict` takes. Inputs are [n, channels, height, width].
 * @throws ModelError `export-order` for images flattened into the output itself; as `tensorsInOrder`
 */
export function exportTorch(model: ExportableModel): ExportedFile[] {
  const layers = resolveLayers(model.spec);
  if (layers.at(-1)?.spec.type === 'flatten') {
    throw new ModelError('export-order', 'A model that ends by flattening an image has its outputs in an order that PyTorch does not give; end it with a dense layer.');
  }
  const modules = withOwnNames(layers).map(([name, expression]) => `    ("${name}", ${expression}),\n`);
  const code = [
    ...Object.entries(model.metadata).map(([key, value]) => `# ${key}: ${oneLine(value)}\n`),
    '"""Inputs: [n, channels, height, width], values divided by the plan\'s inputScale."""\n',
    'from collections import OrderedDict\nfrom torch import nn\n\n',
    `model = nn.Sequential(OrderedDict([\n${modules.join('')}]))\n`,
  ].join('');
  const tensors = torchTensors(layers, tensorsInOrder(model));
  return [
    { name: 'model.py', content: code },
    // The key that the transformers library asks for.
    { name: 'model.safetensors', content: encodeSafetensors(tensors, { ...model.metadata, format: 'pt' }) },
  ];
}

/** Every name once: beside a layer `a` with a relu, which is `a_relu` here, there may be a layer of that name. */
function withOwnNames(layers: readonly ResolvedLayer[]): TorchModule[] {
  const taken = new Set(layers.map(({ name }) => name));
  const free = (name: string): string => (taken.has(name) ? free(`${name}_`) : name);
  return layers.flatMap((layer) => torchModules(layer).map(([wanted, expression]): TorchModule => {
    if (wanted === layer.name) return [wanted, expression];
    const name = free(wanted);
    taken.add(name);
    return [name, expression];
  }));
}

/** Metadata is foreign text: it must not end the comment it stands in. */
function oneLine(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?');
}
