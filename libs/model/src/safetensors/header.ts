import { ModelError } from '../model-error.js';
import { platform } from '../platform.js';
import { HeaderScanner } from './header-scanner.js';

/** Longest JSON header read or written. A model of 1,000 layers takes about 150 kB. */
export const MAX_HEADER_BYTES = 1 << 20;

/** One tensor as the header declares it; offsets count from the end of the header. */
export interface HeaderEntry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** Highest number of dimensions read. */
const MAX_RANK = 16;

/**
 * Parses a safetensors header by its own grammar rather than with `JSON.parse`, which keeps the last of two equal keys,
 * rounds long integers and reads `1e3` as 1000: two readers could then see two models in one file.
 * @param bytes the JSON and its padding
 * @throws ModelError `header-syntax`, `header-duplicate-key`
 */
export function parseHeader(bytes: Uint8Array): HeaderEntry[] {
  const scanner = new HeaderScanner(decodeText(bytes));
  const entries: HeaderEntry[] = [];
  scanner.expectStart();
  scanner.readObject((name) => {
    if (name === '__metadata__') scanner.readObject(() => void scanner.readString());
    else entries.push(readEntry(scanner, name));
  });
  scanner.expectPaddingOnly();
  return entries;
}

function decodeText(bytes: Uint8Array): string {
  try {
    return new platform.TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new ModelError('header-syntax', 'The safetensors header is not UTF-8.', { cause });
  }
}

function readEntry(scanner: HeaderScanner, name: string): HeaderEntry {
  let dtype: string | undefined;
  let shape: number[] | undefined;
  let offsets: number[] | undefined;
  scanner.readObject((key) => {
    if (key === 'dtype') dtype = scanner.readString();
    else if (key === 'shape') shape = scanner.readIntegers(MAX_RANK);
    else if (key === 'data_offsets') offsets = scanner.readIntegers(2);
    else scanner.refuse(`the tensor ${JSON.stringify(name)} has an unknown field ${JSON.stringify(key)}`);
  });
  const [begin, end] = offsets ?? [];
  if (dtype === undefined || shape === undefined || begin === undefined || end === undefined) {
    return scanner.refuse(`the tensor ${JSON.stringify(name)} lacks dtype, shape or data_offsets`);
  }
  return { name, dtype, shape, begin, end };
}
