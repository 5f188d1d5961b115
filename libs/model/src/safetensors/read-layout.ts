import { ModelError } from '../model-error.js';
import { littleEndian } from '../platform.js';
import { MAX_HEADER_BYTES, parseHeader } from './header.js';

/** Where the data of each float32 tensor begin in a file, in bytes from its start. */
export type FileLayout = ReadonlyMap<string, number>;

/**
 * Reads where a file's tensors lie without reading their data. For files that `decodeSafetensors` accepted before: ranges are
 * not checked again.
 * @param read bytes from `start` to `end`, exclusive
 * @throws ModelError `file-truncated`, `header-too-long`, `header-syntax`, `header-duplicate-key`, `dtype-unknown`
 */
export async function readLayout(read: (start: number, end: number) => Promise<Uint8Array>): Promise<FileLayout> {
  const prefix = await read(0, 8);
  if (prefix.length < 8) throw new ModelError('file-truncated', 'A safetensors file has at least 8 bytes.');
  const length = new DataView(prefix.buffer, prefix.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER_BYTES)) {
    throw new ModelError('header-too-long', `The safetensors header claims ${length} bytes; at most ${MAX_HEADER_BYTES} are read.`);
  }
  const dataStart = 8 + Number(length);
  const header = await read(8, dataStart);
  if (header.length < dataStart - 8) throw new ModelError('file-truncated', 'The safetensors file ends inside its header.');
  return new Map(parseHeader(header).map(({ name, dtype, begin }) => {
    if (dtype !== 'F32') throw new ModelError('dtype-unknown', `${JSON.stringify(name)} is not F32; only float32 is read in parts.`);
    return [name, dataStart + begin];
  }));
}

/** Copies little-endian float32 into an array of as many elements. @throws ModelError `file-truncated` */
export function copyFloats(bytes: Uint8Array, out: Float32Array): void {
  if (bytes.length !== out.byteLength) throw new ModelError('file-truncated', `${out.byteLength} bytes of a tensor were asked for, ${bytes.length} are there.`);
  if (littleEndian) {
    new Uint8Array(out.buffer, out.byteOffset, out.byteLength).set(bytes);
    return;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  // Through integers, which keep a NaN's bits.
  const bits = new Uint32Array(out.buffer, out.byteOffset, out.length);
  for (let i = 0; i < bits.length; i++) bits[i] = view.getUint32(i * 4, true);
}
