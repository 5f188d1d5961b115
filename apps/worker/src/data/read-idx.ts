import { gunzipSync } from 'node:zlib';
import { WorkerError } from '../worker-error.js';

/** A decoded IDX file of unsigned bytes: `data.length` is the product of `sizes`. */
export interface IdxArray {
  readonly sizes: readonly number[];
  readonly data: Uint8Array;
}

const UNSIGNED_BYTE = 0x08;

/**
 * Decodes IDX, the format of MNIST (LeCun, Cortes, Burges): two zero bytes, type, number of dimensions, each dimension
 * as a big-endian 32-bit integer, then the values. Gzip is undone first, by its own magic and not by the file's name.
 * @param name of the file, for messages
 * @throws WorkerError `data.gzip`, `data.idx-magic`, `data.idx-type`, `data.idx-length`
 */
export function readIdx(bytes: Uint8Array, name: string, dimensions: number): IdxArray {
  const plain = bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzip(bytes, name) : bytes;
  const header = 4 + 4 * dimensions;
  if (plain.length < header || plain[0] !== 0 || plain[1] !== 0 || plain[3] !== dimensions) {
    throw new WorkerError(
      'data.idx-magic',
      `${name} is no IDX file of ${dimensions} dimension${dimensions === 1 ? '' : 's'}; fetch it again, or give the right file.`,
    );
  }
  if (plain[2] !== UNSIGNED_BYTE) {
    throw new WorkerError('data.idx-type', `${name} holds values of IDX type ${plain[2]}; convert it to unsigned bytes (type 8).`);
  }
  const view = new DataView(plain.buffer, plain.byteOffset, plain.byteLength);
  const sizes = Array.from({ length: dimensions }, (_, axis) => view.getUint32(4 + 4 * axis));
  const expected = sizes.reduce((product, size) => product * size, 1);
  const data = plain.subarray(header);
  if (data.length !== expected) {
    const fault = data.length < expected ? 'is cut short' : 'has bytes past its end';
    throw new WorkerError('data.idx-length', `${name} ${fault}: ${data.length} values where ${sizes.join(' × ')} were declared; fetch it again.`);
  }
  return { sizes, data };
}

function gunzip(bytes: Uint8Array, name: string): Uint8Array {
  try {
    return gunzipSync(bytes);
  } catch (cause) {
    throw new WorkerError('data.gzip', `${name} does not unpack with gzip; it is damaged or cut short, so fetch it again.`, { cause });
  }
}
