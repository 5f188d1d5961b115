import { ModelError } from '../model-error.js';
import type { ModelSpec } from './layer-spec.js';
import { PRESETS } from './presets.js';

/** A model by name, with the names of its classes if the plan gives any. */
export interface PresetRef {
  readonly preset: string;
  readonly labels?: string[] | undefined;
}

/**
 * The layers that a plan's model stands for: its own list, or that of the preset it names.
 * @throws ModelError `preset-unknown`
 */
export function resolvePreset(model: ModelSpec | PresetRef): ModelSpec {
  if (!('preset' in model)) return model;
  const preset = Object.hasOwn(PRESETS, model.preset) ? PRESETS[model.preset] : undefined;
  if (preset === undefined) {
    throw new ModelError('preset-unknown', `There is no preset "${model.preset}"; choose ${Object.keys(PRESETS).join(', ')}, or list the layers.`);
  }
  return model.labels === undefined ? preset : { ...preset, labels: model.labels };
}
