import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { WorkerError } from '../worker-error.js';
import { assignClasses } from './assign-classes.js';
import type { Dataset } from './dataset.js';
import { splitCsvLine } from './split-csv-line.js';

export interface CsvChoice {
  /** The label's column: a name of the header, or its number counted from 1. Absent: `label` if the header has it, else the last. */
  readonly label?: string;
  /** Names of the classes in order. Absent: whole numbers stand for themselves, names are sorted. */
  readonly classes?: readonly string[];
  /** [height, width, channels] of a row that is an image. */
  readonly imageSize?: readonly [number, number, number];
}

/** Splits lines for the greatest of these in the first line. */
const DELIMITERS = [',', ';', '\t'] as const;

/**
 * A table of numbers with one column of labels, gzip or not; comma, semicolon or tab between the fields, quotes as in RFC 4180
 * within a line. The first line is a header where one of its fields is a word and the second line has a number there.
 * @returns [1, 1, columns] or `imageSize`; bytes where every value is a whole number of 0 … 255, else float32
 * @throws WorkerError `data.unreadable`, `data.gzip`, `data.empty`, `data.csv-columns`, `data.csv-number`, `data.csv-label`, `data.classes`, `data.shape`
 */
export async function readCsv(file: string, choice: CsvChoice = {}): Promise<Dataset> {
  const lines = (await readText(file)).split(/\r?\n/);
  const first = lines.findIndex((line) => line !== '');
  if (first === -1) throw new WorkerError('data.empty', `${file} is empty; give --data a table with one example a line.`);
  const delimiter = DELIMITERS.reduce((best, each) => (count(lines[first]!, each) > count(lines[first]!, best) ? each : best));
  const rows = lines.map((line, index) => ({ number: index + 1, line })).slice(first).filter(({ line }) => line !== '');
  const fieldsOf = (line: string) => splitCsvLine(line, delimiter);
  const top = fieldsOf(rows[0]!.line);
  const header = isHeader(top, rows[1] && fieldsOf(rows[1].line)) ? top : undefined;
  const body = header ? rows.slice(1) : rows;
  if (body.length === 0) throw new WorkerError('data.empty', `${file} has a header and no examples; give --data a table with one example a line.`);
  const labelAt = labelColumn(file, top.length, header, choice.label);
  const columns = top.length - 1;
  const shape = choice.imageSize ?? [1, 1, columns];
  if (columns < 1 || shape.reduce((product, size) => product * size, 1) !== columns) {
    throw new WorkerError('data.shape', `${file} has ${columns} columns beside the label, which do not make an example of ${shape.join(' × ')}; correct --image-size or --label.`);
  }
  const values = new Float32Array(body.length * columns);
  const labels: string[] = [];
  body.forEach(({ line, number }, row) => {
    const fields = fieldsOf(line);
    if (fields.length !== top.length) {
      throw new WorkerError('data.csv-columns', `${file} has ${fields.length} fields in line ${number} and ${top.length} in its first; correct that line.`);
    }
    let at = row * columns;
    fields.forEach((field, column) => {
      if (column === labelAt) labels.push(field.trim());
      else values[at++] = readNumber(field, file, number, header?.[column] ?? `column ${column + 1}`);
    });
  });
  return {
    images: asBytes(values) ?? values,
    ...assignClasses(labels, choice.classes, (index) => `${file}, line ${body[index]!.number}`),
    shape, count: body.length,
  };
}

async function readText(file: string): Promise<string> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (cause) {
    throw new WorkerError('data.unreadable', `${file} cannot be read (${String((cause as { code?: unknown }).code)}); give --data a file that is there.`, { cause });
  }
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
    try {
      bytes = gunzipSync(bytes);
    } catch (cause) {
      throw new WorkerError('data.gzip', `${file} does not unpack with gzip; it is damaged or cut short, so fetch it again.`, { cause });
    }
  }
  // A byte order mark is no part of the first name.
  return new TextDecoder('utf-8').decode(bytes);
}

/** How tools write a value that is not there: no name of a column. */
const MISSING = /^([+-]?(nan|inf|infinity)|null|none|na|n\/a|\?|)$/i;

function isHeader(top: readonly string[], second: readonly string[] | undefined): boolean {
  if (second === undefined) return top.every((field) => !isNumber(field));
  return top.some((field, column) => !isNumber(field) && !MISSING.test(field.trim()) && isNumber(second[column] ?? ''));
}

function labelColumn(file: string, columns: number, header: readonly string[] | undefined, label: string | undefined): number {
  if (label === undefined) {
    const named = header?.findIndex((name) => name.trim().toLowerCase() === 'label') ?? -1;
    return named >= 0 ? named : columns - 1;
  }
  const named = header?.findIndex((name) => name.trim() === label) ?? -1;
  if (named >= 0) return named;
  const number = /^\d{1,6}$/.test(label) ? Number(label) : 0;
  if (number >= 1 && number <= columns) return number - 1;
  const there = header ? `its columns are ${header.slice(0, 8).map((name) => name.trim()).join(', ')}${header.length > 8 ? ', …' : ''}` : `it has no header and ${columns} columns, counted from 1`;
  throw new WorkerError('data.csv-label', `${file} has no column ${label} for the label: ${there}; correct --label.`);
}

function isNumber(field: string): boolean {
  const text = field.trim();
  return text !== '' && Number.isFinite(Number(text));
}

function readNumber(field: string, file: string, line: number, column: string): number {
  const value = Math.fround(Number(field));
  if (Number.isFinite(value) && field.trim() !== '') return value;
  throw new WorkerError('data.csv-number', `${file} has ${JSON.stringify(field.slice(0, 40))} in line ${line}, ${column}, where a number is needed; correct it or leave that example out.`);
}

function asBytes(values: Float32Array): Uint8Array | undefined {
  const bytes = Uint8Array.from(values);
  return values.every((value, index) => Object.is(value, bytes[index])) ? bytes : undefined;
}

function count(line: string, delimiter: string): number {
  return line.split(delimiter).length;
}
