import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { compareNames } from '@fedseal/model/tensors';
import { WorkerError } from '../worker-error.js';
import { assignClasses, isWholeNumber } from './assign-classes.js';
import type { Dataset } from './dataset.js';
import type { Split } from './read-mnist-folder.js';

/** Files of an image folder, in order of class and name, with their classes. */
export type ImageList = Pick<Dataset, 'labels' | 'classes' | 'classNames'> & { readonly files: readonly string[] };

const IMAGE = /\.(png|jpe?g)$/i;

/**
 * Lists a folder that has one folder of images for each class, named as the class. Where it has `train` and `test` folders, the
 * classes are in that of the split. Names that begin with a dot are passed over.
 * @param classes as `assignClasses` takes them; a listed class without a folder has no examples
 * @throws WorkerError `data.missing`, `data.unreadable`, `data.image-type`, `data.empty`, `data.label`, `data.classes`
 */
export async function listImageFolder(folder: string, split: Split, classes?: readonly string[]): Promise<ImageList> {
  const root = (await isFolder(join(folder, split))) ? join(folder, split) : folder;
  const found = await folders(root);
  if (found.length === 0) {
    throw new WorkerError('data.missing', `${root} has neither MNIST's IDX files (train-images-idx3-ubyte and three more) nor a folder of images for each class; give --data a folder that has, a CSV file, or "synthetic".`);
  }
  const files: string[] = [];
  const names: string[] = [];
  for (const name of found) {
    for (const entry of await list(join(root, name))) {
      const file = join(root, name, entry.name);
      if (!entry.isFile() || !IMAGE.test(entry.name)) {
        throw new WorkerError('data.image-type', `${file} is no PNG or JPEG file; keep only images in the folders of classes.`);
      }
      files.push(file);
      names.push(name);
    }
  }
  if (files.length === 0) {
    throw new WorkerError('data.empty', `The folders in ${root} hold no images; put PNG or JPEG files into one folder for each class, named as the class.`);
  }
  // An empty folder is a class too.
  const known = classes ?? (found.every(isWholeNumber) ? undefined : found);
  const assigned = assignClasses(names, known, (index) => files[index]!);
  return { files, ...assigned, classes: known ? assigned.classes : Math.max(...found.map(Number)) + 1 };
}

async function folders(root: string): Promise<string[]> {
  const entries = await list(root);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

async function list(folder: string) {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter(({ name }) => !name.startsWith('.')).sort((a, b) => compareNames(a.name, b.name));
  } catch (cause) {
    const { code } = cause as { code?: unknown };
    if (code === 'ENOENT') throw new WorkerError('data.missing', `There is no ${folder}; give --data a folder with a data set, a CSV file, or "synthetic".`, { cause });
    throw new WorkerError('data.unreadable', `${folder} cannot be read (${String(code)}); give this user access to it.`, { cause });
  }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then((info) => info.isDirectory(), () => false);
}
