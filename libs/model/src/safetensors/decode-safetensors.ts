import { ModelError } from '../model-error.js';
import { littleEndian } from '../platform.js';
import { elementCount, type Tensor } from '../tensors.js';
import { bytesPerElement, isDtype, widenBfloat16, widenFloat16, type Dtype } from './dtype.js';
import { MAX_HEADER_BYTES, parseHeader, type HeaderEntry } from './header.js';

/** A tensor read from a file, with the element type that it had there. */
export interface StoredTensor extends Tensor {
  readonly dtype: Dtype;
}

/**
 * Reads a safetensors file strictly: the tensors' byte ranges must cover the data exactly once, without hole, overlap or
 * rest, so that no byte of a hashed file is without meaning. Metadata is checked and dropped.
 *
 * F32 data are views into `bytes` where alignment allows (files of `encodeSafetensors` in a buffer of their own do), so the
 * caller must not write to `bytes` afterwards; F16 and BF16 are widened exactly.
 * @returns tensors in order of their data
 * @throws ModelError `file-truncated`, `header-too-long`, `header-syntax`, `header-duplicate-key`, `dtype-unknown`,
 *   `shape-invalid`, `shape-mismatch` (the range's length), `offsets-invalid` (hole, overlap, trailing or missing bytes)
 */
export function decodeSafetensors(bytes: Uint8Array): StoredTensor[] {
  if (bytes.length < 8) throw new ModelError('file-truncated', 'A safetensors file has at least 8 bytes.');
  const headerLength = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  if (headerLength > BigInt(MAX_HEADER_BYTES)) {
    throw new ModelError('header-too-long', `The safetensors header claims ${headerLength} bytes; at most ${MAX_HEADER_BYTES} are read.`);
  }
  const dataStart = 8 + Number(headerLength);
  if (dataStart > bytes.length) throw new ModelError('file-truncated', 'The safetensors file ends inside its header.');
  const data = bytes.subarray(dataStart);
  // A copy: no text is decoded from memory that is shared between threads.
  const entries = parseHeader(new Uint8Array(bytes.subarray(8, dataStart))).sort((a, b) => a.begin - b.begin || a.end - b.end);
  let covered = 0;
  const tensors = entries.map((entry) => {
    if (entry.begin !== covered || entry.end < entry.begin) {
      throw new ModelError('offsets-invalid', `The data of ${JSON.stringify(entry.name)} should begin at byte ${covered}, not ${entry.begin}, and end after it.`);
    }
    covered = entry.end;
    return readTensor(entry, data);
  });
  if (covered !== data.length) {
    throw new ModelError('offsets-invalid', `${data.length - covered} bytes follow the last tensor.`);
  }
  return tensors;
}

function readTensor({ name, dtype, shape, begin, end }: HeaderEntry, data: Uint8Array): StoredTensor {
  if (!isDtype(dtype)) {
    throw new ModelError('dtype-unknown', `${JSON.stringify(name)} has the element type ${JSON.stringify(dtype)}; F32, F16 and BF16 are read.`);
  }
  const count = elementCount(shape);
  if (count * bytesPerElement(dtype) !== end - begin) {
    throw new ModelError('shape-mismatch', `${JSON.stringify(name)} has ${end - begin} bytes, its shape [${shape.join(', ')}] asks for another number.`);
  }
  if (end > data.length) throw new ModelError('offsets-invalid', `The file ends inside the data of ${JSON.stringify(name)}.`);
  const source = data.subarray(begin, end);
  return { name, dtype, shape, data: dtype === 'F32' ? readFloats(source, count) : widen(source, count, dtype) };
}

function readFloats(source: Uint8Array, count: number): Float32Array {
  if (littleEndian) {
    if (source.byteOffset % 4 === 0) return new Float32Array(source.buffer, source.byteOffset, count);
    const copy = new Float32Array(count);
    new Uint8Array(copy.buffer).set(source);
    return copy;
  }
  const view = new DataView(source.buffer, source.byteOffset, source.length);
  const bits = new Uint32Array(count);
  for (let i = 0; i < count; i++) bits[i] = view.getUint32(i * 4, true);
  return new Float32Array(bits.buffer);
}

function widen(source: Uint8Array, count: number, dtype: 'F16' | 'BF16'): Float32Array {
  const view = new DataView(source.buffer, source.byteOffset, source.length);
  const wider = dtype === 'F16' ? widenFloat16 : widenBfloat16;
  const bits = new Int32Array(count);
  for (let i = 0; i < count; i++) bits[i] = wider(view.getUint16(i * 2, true));
  return new Float32Array(bits.buffer);
}
