import type { Tensor } from '@fedseal/model/tensors';

/** Tensors as the chain hashes them: little-endian float32, as in a safetensors file. */
export function tensorBytes(tensors: readonly Tensor[]): { name: string; dtype: 'F32'; shape: readonly number[]; data: Uint8Array }[] {
  return tensors.map(({ name, shape, data }) => ({
    name,
    dtype: 'F32',
    shape,
    data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  }));
}
