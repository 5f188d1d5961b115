import { littleEndian, platform } from '../platform.js';
import { checkTensors, hasLoneSurrogate, sortedByName, type Tensor } from '../tensors.js';
import { MAX_HEADER_BYTES } from './header.js';
import { ModelError } from '../model-error.js';

/**
 * Writes tensors as a safetensors file (Hugging Face's format: u64 little-endian header length, JSON header, data). One tensor
 * set has one file: names sorted, compact JSON with keys in the order dtype, shape, data_offsets, no metadata, the header
 * padded with spaces so that data begins at a multiple of 8 bytes, data contiguous in order of names.
 * @param metadata goes into `__metadata__`, of exports alone: what is sealed has none
 * @returns a buffer of its own
 * @throws ModelError `tensor-duplicate`, `shape-mismatch`, `shape-invalid`, `tensor-name`, `header-too-long`
 */
export function encodeSafetensors(tensors: readonly Tensor[], metadata: Readonly<Record<string, string>> = {}): Uint8Array {
  checkTensors(tensors);
  const sorted = sortedByName(tensors);
  let offset = 0;
  const entries = sorted.map(({ name, shape, data }) => {
    if (name === '__metadata__' || hasLoneSurrogate(name)) {
      throw new ModelError('tensor-name', `A tensor cannot be named ${JSON.stringify(name)} in a safetensors file.`);
    }
    const begin = offset;
    offset += data.length * 4;
    return `${JSON.stringify(name)}:{"dtype":"F32","shape":[${shape.join(',')}],"data_offsets":[${begin},${offset}]}`;
  });
  if (Object.keys(metadata).length > 0) entries.unshift(`"__metadata__":${JSON.stringify(metadata)}`);
  const json = new platform.TextEncoder().encode(`{${entries.join(',')}}`);
  const headerLength = Math.ceil(json.length / 8) * 8;
  if (headerLength > MAX_HEADER_BYTES) {
    throw new ModelError('header-too-long', `The header would take ${headerLength} bytes; at most ${MAX_HEADER_BYTES} are allowed.`);
  }
  const file = new Uint8Array(8 + headerLength + offset);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerLength), true);
  file.set(json, 8);
  file.fill(0x20, 8 + json.length, 8 + headerLength);
  let at = 8 + headerLength;
  for (const { data } of sorted) {
    writeFloats(file, at, data);
    at += data.length * 4;
  }
  return file;
}

function writeFloats(file: Uint8Array, at: number, data: Float32Array): void {
  if (littleEndian) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    return;
  }
  const view = new DataView(file.buffer);
  const bits = new Uint32Array(data.buffer, data.byteOffset, data.length);
  for (let i = 0; i < bits.length; i++) view.setUint32(at + i * 4, bits[i]!, true);
}
