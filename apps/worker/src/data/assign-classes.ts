import { compareNames } from '@fedseal/model/tensors';
import { WorkerError } from '../worker-error.js';
import { MOST_CLASSES, type Dataset } from './dataset.js';

/**
 * Turns labels as they are written into classes. All workers of a run must come to the same classes, also one that lacks some:
 * whole numbers do so by themselves, names only in a list that everybody gives.
 * @param classes names in order. Absent: whole numbers are the classes themselves; otherwise the names, sorted bytewise
 * @param place of a label, for messages
 * @throws WorkerError `data.label`, `data.classes`
 */
export function assignClasses(
  labels: readonly string[], classes: readonly string[] | undefined, place: (index: number) => string,
): Pick<Dataset, 'labels' | 'classes' | 'classNames'> {
  if (classes === undefined && labels.every(isWholeNumber)) return numbered(labels, place);
  const names = classes ?? [...new Set(labels)].sort(compareNames);
  if (names.length > MOST_CLASSES) throw tooMany(names.length);
  const classOf = new Map(names.map((name, index) => [name, index]));
  return {
    classes: names.length,
    classNames: names,
    labels: Uint8Array.from(labels, (label, index) => {
      const found = classOf.get(label);
      if (found !== undefined && label !== '') return found;
      throw new WorkerError('data.label', `The label ${JSON.stringify(label.slice(0, 40))} of ${place(index)} is no class; ${label === '' ? 'give it one' : `add it to --classes ${names.slice(0, 5).join(',')}${names.length > 5 ? ',…' : ''}`}, or leave the example out.`);
    }),
  };
}

function numbered(labels: readonly string[], place: (index: number) => string): Pick<Dataset, 'labels' | 'classes'> {
  let classes = 0;
  const numbers = Uint8Array.from(labels, (label, index) => {
    const number = Number(label);
    if (number >= MOST_CLASSES) {
      throw new WorkerError('data.label', `The label ${label} of ${place(index)} is over ${MOST_CLASSES - 1}, the greatest class; correct it, or name the classes with --classes.`);
    }
    classes = Math.max(classes, number + 1);
    return number;
  });
  return { classes, labels: numbers };
}

/** Some tools write whole numbers as `3.0`. */
export function isWholeNumber(label: string): boolean {
  return /^\d{1,15}(\.0*)?$/.test(label);
}

export function tooMany(classes: number): WorkerError {
  return new WorkerError('data.classes', `There are ${classes} classes and at most ${MOST_CLASSES} can be told apart; join some of them.`);
}
