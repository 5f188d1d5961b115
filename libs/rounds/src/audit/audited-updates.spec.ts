import { describe, expect, it } from 'vitest';
import { toHex } from '@fedseal/chain/bytes';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import { refusalOf } from '@fedseal/chain/testing/refusal.testing';
import { encodeSafetensors } from '@fedseal/model/safetensors/encode-safetensors';
import { AuditedUpdates } from './audited-updates.js';
import { BlobSource, type ByteRange, type FindBlob } from './blob-source.js';

const data = Float32Array.from({ length: 300_000 }, (_, i) => i / 7);
const file = encodeSafetensors([{ name: 'a', shape: [3], data: Float32Array.of(1, 2, 3) }, { name: 'b', shape: [data.length], data }]);
const sha256 = toHex(nodeCrypto.sha256(file));

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array) => Buffer.from(buffer, byteOffset, byteLength);

const updates = (find: FindBlob) => new AuditedUpdates(nodeCrypto, new BlobSource(nodeCrypto, find), () => sha256);

async function read(source: AuditedUpdates, start: number, length: number): Promise<Float32Array> {
  const out = new Float32Array(length);
  await source.read('commit', 'b', start, out);
  return out;
}

describe('updates read again in parts', () => {
  it.each<[string, (range: ByteRange | undefined) => Uint8Array]>([
    ['parts', (range) => file.slice(range?.start ?? 0, range?.end ?? file.length)],
    ['whole files only', () => file],
  ])('are what they are, from a store that answers %s', async (_, answer) => {
    const source = updates((_sha256, range) => Promise.resolve(answer(range)));
    for (const [start, length] of [[0, 1], [65_535, 3], [70_000, 140_000], [299_999, 1], [0, 300_000], [5, 0]] as const) {
      expect(bytesOf(await read(source, start, length)).equals(bytesOf(data.subarray(start, start + length))), `${start} + ${length}`).toBe(true);
    }
  });

  it('ask for little more than the part', async () => {
    const asked: number[] = [];
    const source = updates((_sha256, range) => {
      if (range) asked.push(range.end - range.start);
      return Promise.resolve(file.slice(range?.start ?? 0, range?.end ?? file.length));
    });
    await read(source, 100_000, 1024);
    await read(source, 200_000, 1024);
    expect(asked).toHaveLength(2);
    expect(Math.max(...asked)).toBeLessThanOrEqual(512 * 1024);
  });

  it.each<[string, string, (range: ByteRange) => Uint8Array | undefined]>([
    ['other bytes', 'audit.blob-digest', ({ start, end }) => file.slice(start, end).map((byte, i) => (i === 5 ? byte ^ 1 : byte))],
    ['fewer bytes', 'audit.blob-digest', ({ start, end }) => file.slice(start, end - 1)],
    ['nothing', 'audit.blob-missing', () => undefined],
  ])('are refused when a store answers %s the second time', async (_, rule, answer) => {
    const source = updates((_sha256, range) => Promise.resolve(range === undefined ? file : answer(range)));
    expect((await refusalOf(read(source, 70_000, 10))).rule).toBe(rule);
  });
});
