import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { exportKeras } from '@fedseal/model/export/export-keras';
import { exportLayersModel } from '@fedseal/model/export/export-layers-model';
import { exportTorch } from '@fedseal/model/export/export-torch';
import type { ExportableModel, ExportedFile } from '@fedseal/model/export/exported-file';
import { tensorsInOrder } from '@fedseal/model/export/tensors-in-order';
import { ModelError } from '@fedseal/model/model-error';
import { CliError, EXIT } from '../cli-error.js';
import { namesOf, readTensors, type FoundModel } from './found-model.js';

export const FORMATS = ['safetensors', 'tfjs', 'keras', 'torch'] as const;
export type ExportFormat = (typeof FORMATS)[number];

const CONVERSIONS: Record<Exclude<ExportFormat, 'safetensors'>, (model: ExportableModel) => ExportedFile[]> = {
  tfjs: exportLayersModel, keras: exportKeras, torch: exportTorch,
};

export interface WrittenExport {
  readonly files: readonly string[];
  readonly provenance: Readonly<Record<string, string>>;
}

/**
 * Writes a model: `safetensors` is one file, the sealed bytes as they are; the others are folders.
 * @throws CliError `model.*`, `export.not-empty`, `export.exists`
 */
export async function writeExport({ spec, file, provenance }: FoundModel, format: ExportFormat, out: string): Promise<WrittenExport> {
  const tensors = readTensors(file, 'The model');
  const metadata = { ...provenance, ...prefixed(namesOf(file, tensors)) };
  try {
    const model = { spec, tensors, metadata };
    if (format === 'safetensors') {
      tensorsInOrder(model);
      await mkdir(dirname(out), { recursive: true });
      await writeNew(out, file);
      return { files: [out], provenance: metadata };
    }
    const files = CONVERSIONS[format](model);
    await demandEmpty(out);
    for (const { name, content } of files) await writeNew(join(out, name), content);
    return { files: files.map(({ name }) => join(out, name)), provenance: metadata };
  } catch (cause) {
    if (cause instanceof ModelError) throw new CliError(`model.${cause.code}`, cause.message, EXIT.refuted, { cause });
    throw cause;
  }
}

function prefixed(names: object): Record<string, string> {
  return Object.fromEntries(Object.entries(names).map(([name, value]) => [name === 'sha256' ? 'fedseal.model' : `fedseal.${name}`, String(value)]));
}

async function demandEmpty(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  if ((await readdir(folder)).length > 0) throw new CliError('export.not-empty', `The folder ${folder} is not empty; name a new one with --out.`, EXIT.usage);
}

async function writeNew(path: string, content: Uint8Array | string): Promise<void> {
  try {
    await writeFile(path, content, { flag: 'wx' });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') throw new CliError('export.exists', `${path} is there already; name another with --out.`, EXIT.usage, { cause });
    throw new CliError('export.unwritable', `${path} cannot be written (${String((cause as NodeJS.ErrnoException).code)}); name another with --out.`, EXIT.environment, { cause });
  }
}
