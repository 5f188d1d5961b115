import { createHash } from 'node:crypto';
import { concatBytes, toHex } from '@fedseal/chain/bytes';
import type { Crypto } from '@fedseal/chain/crypto/crypto';

export interface CommittedData {
  readonly images: Uint8Array | Float32Array;
  readonly labels: Uint8Array;
  /** [height, width, channels] */
  readonly shape: readonly number[];
  readonly count: number;
}

/**
 * SHA-256 over the data set: `fedseal/dataset/v1`, a zero byte, count and shape as unsigned 32-bit integers (big-endian), the
 * images' bytes (float32 values little-endian), then the labels' bytes. @returns 32 bytes
 */
export function datasetDigest({ images, labels, shape, count }: CommittedData): Uint8Array {
  const numbers = Buffer.alloc(4 * (1 + shape.length));
  [count, ...shape].forEach((value, index) => numbers.writeUInt32BE(value, 4 * index));
  return new Uint8Array(createHash('sha256').update('fedseal/dataset/v1\0').update(numbers).update(bytesOf(images)).update(labels).digest());
}

/** Of the values as they lie in memory: little-endian on every platform this runs on. */
function bytesOf(values: Uint8Array | Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/**
 * SHA-256(salt ‖ digest), hex: says that two evaluations used one data set, without a digest that somebody could compare with
 * a data set they guess.
 * @param salt 32 bytes that stay in the home folder
 */
export function datasetCommitment(crypto: Crypto, salt: Uint8Array, digest: Uint8Array): string {
  return toHex(crypto.sha256(concatBytes(salt, digest)));
}
