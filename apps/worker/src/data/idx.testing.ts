/** Bytes of an IDX file. @param type 8 for unsigned bytes */
export function idxFile(sizes: readonly number[], values: Uint8Array, type = 8): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * sizes.length + values.length);
  const view = new DataView(bytes.buffer);
  bytes.set([0, 0, type, sizes.length]);
  sizes.forEach((size, axis) => view.setUint32(4 + 4 * axis, size));
  bytes.set(values, 4 + 4 * sizes.length);
  return bytes;
}
