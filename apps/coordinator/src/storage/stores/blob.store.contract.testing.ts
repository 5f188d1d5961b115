import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BlobStore } from '../ports/blob.store.js';

/** What a driver's spec gives: an empty store, and a way to damage what lies in it. */
export interface BlobGround {
  readonly store: BlobStore;
  /** Flips a bit of a stored blob behind the store's back. */
  damage(sha256: string, offset: number): Promise<void>;
  /** Whether anything of a failed upload still takes space. */
  leftovers(): Promise<number>;
  dispose(): Promise<void>;
}

const MIB = 1024 * 1024;

export function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function rest<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of source) all.push(one);
  return all;
}

/** A stream of pieces of uneven sizes. */
function uneven(bytes: Buffer, sizes = [1, 70_000, 13, 3 * MIB, 65_536]): Readable {
  function* pieces() {
    for (let at = 0, n = 0; at < bytes.length; n++) {
      const size = sizes[n % sizes.length]!;
      yield bytes.subarray(at, at + size);
      at += size;
    }
  }
  return Readable.from(pieces(), { objectMode: false });
}

/** What every driver of the blob port must do. */
export function blobStoreContract(name: string, makeGround: () => Promise<BlobGround>): void {
  describe(`blob store contract: ${name}`, () => {
    let ground: BlobGround;
    let store: BlobStore;
    beforeEach(async () => {
      ground = await makeGround();
      store = ground.store;
    });
    afterEach(() => ground.dispose());

    const sizes = [0, 1, 1000, MIB - 1, MIB, MIB + 1, 9 * MIB + 17];

    it.each(sizes)('gives back %i bytes as they were put', async (size) => {
      const bytes = randomBytes(size);
      const stat = await store.put(bytes);
      expect(stat).toEqual({ sha256: digest(bytes), bytes: size });
      expect(await store.stat(stat.sha256)).toEqual(stat);
      expect(bytes.equals(await store.get(stat.sha256))).toBe(true);
      expect(bytes.equals(await buffer(await store.stream(stat.sha256)))).toBe(true);
    });

    it.each(sizes)('takes a stream of %i bytes in pieces of any size', async (size) => {
      const bytes = randomBytes(size);
      expect(await store.putStream(uneven(bytes), digest(bytes), size)).toEqual({ sha256: digest(bytes), bytes: size });
      expect(bytes.equals(await store.get(digest(bytes)))).toBe(true);
    });

    it('puts a part of a larger buffer, not what lies around it', async () => {
      const part = new Uint8Array(randomBytes(5000).buffer, 0, 16).subarray(3, 9);
      const { sha256, bytes } = await store.put(part);
      expect(bytes).toBe(6);
      expect([...(await store.get(sha256))]).toEqual([...part]);
    });

    it('takes the same bytes again, one after the other and at once', async () => {
      const bytes = randomBytes(2 * MIB + 5);
      const sha256 = digest(bytes);
      const all = await Promise.all([
        store.put(bytes), store.put(bytes), store.putStream(uneven(bytes), sha256, bytes.length), store.putStream(uneven(bytes), sha256, bytes.length),
      ]);
      expect(new Set(all.map((stat) => stat.sha256))).toEqual(new Set([sha256]));
      await store.put(bytes);
      expect(await rest(store.list())).toEqual([{ sha256, bytes: bytes.length }]);
      expect(bytes.equals(await store.get(sha256))).toBe(true);
      expect(await ground.leftovers()).toBe(0);
    });

    it('refuses and forgets what has another digest, also where that digest is stored', async () => {
      const bytes = randomBytes(3 * MIB);
      const other = randomBytes(3 * MIB);
      await expect(store.putStream(uneven(bytes), digest(other), bytes.length)).rejects.toMatchObject({ code: 'blob.digest-mismatch' });
      expect(await rest(store.list())).toEqual([]);
      await store.put(other);
      await expect(store.putStream(uneven(bytes), digest(other), bytes.length)).rejects.toMatchObject({ code: 'blob.digest-mismatch' });
      expect(other.equals(await store.get(digest(other)))).toBe(true);
      expect(await ground.leftovers()).toBe(0);
    });

    it('stops reading and forgets everything past the limit', async () => {
      let produced = 0;
      const endless = Readable.from(
        (function* () {
          for (;;) {
            produced += MIB;
            yield Buffer.alloc(MIB, 1);
          }
        })(),
        { objectMode: false },
      );
      await expect(store.putStream(endless, '0'.repeat(64), 10 * MIB)).rejects.toMatchObject({ code: 'blob.too-large' });
      expect(endless.destroyed).toBe(true);
      expect(produced).toBeLessThan(20 * MIB);
      expect(await rest(store.list())).toEqual([]);
      expect(await ground.leftovers()).toBe(0);
    });

    it('forgets an upload that is cut', async () => {
      const bytes = randomBytes(20 * MIB);
      const cut = Readable.from(
        (function* () {
          yield bytes.subarray(0, 12 * MIB);
          throw new Error('the peer is gone');
        })(),
        { objectMode: false },
      );
      await expect(store.putStream(cut, digest(bytes), bytes.length)).rejects.toMatchObject({ code: 'blob.incomplete' });
      expect(await store.stat(digest(bytes))).toBeUndefined();
      expect(await ground.leftovers()).toBe(0);
      await store.put(bytes);
      expect(bytes.equals(await store.get(digest(bytes)))).toBe(true);
    });

    it('streams any range, cut to what is there', async () => {
      const bytes = randomBytes(6 * MIB + 100);
      const { sha256 } = await store.put(bytes);
      const ranges: [number, number][] = [
        [0, 1], [0, MIB], [MIB - 1, MIB + 1], [MIB, 2 * MIB], [3, bytes.length], [bytes.length - 1, bytes.length], [5 * MIB, 9 * MIB], [7, 7], [bytes.length, bytes.length + 5],
      ];
      for (const [start, end] of ranges) {
        const got = await buffer(await store.stream(sha256, { start, end }));
        expect(bytes.subarray(start, end).equals(got), `${start}–${end}`).toBe(true);
      }
    });

    it('serves many slow readers and writers without running out of anything', async () => {
      const bytes = randomBytes(5 * MIB);
      const { sha256 } = await store.put(bytes);
      // All are opened and have begun before any goes on.
      const readers = await Promise.all(Array.from({ length: 24 }, () => store.stream(sha256)));
      const begun = readers.map((reader) => reader[Symbol.asyncIterator]() as AsyncIterator<Buffer>);
      const firsts = await Promise.all(begun.map((reader) => reader.next()));
      const writers = await Promise.all(Array.from({ length: 24 }, (_, n) => store.put(randomBytes(2 * MIB + n))));
      expect(new Set(writers.map((stat) => stat.sha256)).size).toBe(24);
      const sums = await Promise.all(
        begun.map(async (reader, n) => {
          const hash = createHash('sha256').update(firsts[n]!.value as Buffer);
          for (let next = await reader.next(); !next.done; next = await reader.next()) hash.update(next.value);
          return hash.digest('hex');
        }),
      );
      expect(new Set(sums)).toEqual(new Set([sha256]));
    });

    it('says what is not there', async () => {
      const absent = digest(Buffer.from('absent'));
      expect(await store.stat(absent)).toBeUndefined();
      await expect(store.get(absent)).rejects.toMatchObject({ code: 'blob.not-found' });
      await expect(store.stream(absent)).rejects.toMatchObject({ code: 'blob.not-found' });
      for (const name of ['', 'abc', absent.toUpperCase(), `${absent}00`]) {
        expect(await store.stat(name)).toBeUndefined();
        await expect(store.get(name)).rejects.toMatchObject({ code: 'blob.not-found' });
      }
      await store.delete(absent);
    });

    it('deletes a whole blob, leaves the others, and takes it again', async () => {
      const [gone, kept] = [randomBytes(3 * MIB), randomBytes(3 * MIB)];
      await store.put(gone);
      await store.put(kept);
      await store.delete(digest(gone));
      expect(await store.stat(digest(gone))).toBeUndefined();
      await expect(store.get(digest(gone))).rejects.toMatchObject({ code: 'blob.not-found' });
      expect(kept.equals(await store.get(digest(kept)))).toBe(true);
      expect(await ground.leftovers()).toBe(0);
      await store.put(gone);
      expect(gone.equals(await store.get(digest(gone)))).toBe(true);
    });

    it('lists everything in the order of the digests', async () => {
      const stats = await Promise.all(Array.from({ length: 40 }, (_, n) => store.put(Buffer.from(`blob ${n}`))));
      const listed = await rest(store.list());
      expect(listed).toEqual(stats.toSorted((a, b) => (a.sha256 < b.sha256 ? -1 : 1)));
    });

    it.each([0, MIB - 1, MIB, 4 * MIB + 3])('notices one flipped bit at byte %i', async (offset) => {
      const bytes = randomBytes(4 * MIB + 10);
      const { sha256 } = await store.put(bytes);
      await ground.damage(sha256, offset);
      await expect(store.get(sha256)).rejects.toMatchObject({ code: 'blob.corrupt' });
      await expect(buffer(await store.stream(sha256))).rejects.toMatchObject({ code: 'blob.corrupt' });
    });
  });
}
