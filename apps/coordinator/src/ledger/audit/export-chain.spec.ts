import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decodeChainFile, encodeChainFile } from '@fedseal/chain/file/chain-file';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import { verifyChain } from '@fedseal/chain/verify/verify-chain';
import { openTestStorage } from '../../storage/testing/test-database.testing.js';
import { editRows } from '../../storage/testing/edit-rows.testing.js';
import type { Storage } from '../../storage/open-storage.js';
import { buildStoredChain, bytesOf, digestOf } from '../stored-chain.testing.js';
import { exportChain } from './export-chain.js';

describe('exportChain', () => {
  let storage: Storage;
  let names: ReadonlySet<string>;
  let folder: string;
  const unused = bytesOf('a file that nothing names');

  beforeAll(async () => {
    storage = await openTestStorage();
    names = await buildStoredChain(storage);
    await storage.blobs.put(unused);
  });

  afterAll(() => storage.close());

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fedseal-export-'));
    return () => rm(folder, { recursive: true });
  });

  it('writes a chain that verifies from the folder alone, with every blob its leaves name and no other', async () => {
    const dir = join(folder, 'deep', 'out');
    const report = await exportChain(storage, dir);
    const { headers, leaves } = decodeChainFile(await readFile(join(dir, 'chain.fsl')));
    const verified = await verifyChain({ headers, leaves }, nodeCrypto);
    expect(verified.head).toMatchObject({ height: 3, treeSize: leaves.length });
    expect(report).toMatchObject({ dir, blocks: 4, leaves: leaves.length, blobs: names.size, updatesNotKept: 0 });
    expect((await readdir(dir)).sort()).toEqual(['blobs', 'chain.fsl']);
    const blobs = await readdir(join(dir, 'blobs'));
    expect(blobs.sort()).toEqual([...names].map((name) => digestOf(bytesOf(name))).sort());
    for (const name of blobs) expect(digestOf(await readFile(join(dir, 'blobs', name)))).toBe(name);
    expect(Buffer.from(encodeChainFile({ headers, leaves }))).toEqual(await readFile(join(dir, 'chain.fsl')));
  });

  it('fills an empty folder and refuses one that holds anything', async () => {
    await mkdir(join(folder, 'empty'));
    await exportChain(storage, join(folder, 'empty'));
    const held = join(folder, 'held');
    await mkdir(held);
    await writeFile(join(held, 'notes.txt'), 'mine');
    for (const dir of [held, join(folder, 'empty')]) {
      await expect(exportChain(storage, dir)).rejects.toMatchObject({ code: 'export.not-empty' });
    }
    expect(await readdir(held)).toEqual(['notes.txt']);
    expect((await readdir(folder)).sort()).toEqual(['empty', 'held']);
  });

  it('leaves nothing behind when a sealed result is missing', async () => {
    const sha256 = digestOf(bytesOf('digits 1'));
    await storage.blobs.delete(sha256);
    await expect(exportChain(storage, join(folder, 'out'))).rejects.toMatchObject({ code: 'export.blob-missing', message: expect.stringContaining(`model ${sha256}`) });
    expect(await readdir(folder)).toEqual([]);
    await storage.blobs.put(bytesOf('digits 1'));
  });

  it('counts the updates that were not kept', async () => {
    const [update] = [...names].filter((name) => name.startsWith('update '));
    await storage.blobs.delete(digestOf(bytesOf(update!)));
    const report = await exportChain(storage, join(folder, 'out'));
    expect(report).toMatchObject({ blobs: names.size - 1, updatesNotKept: 1 });
    await storage.blobs.put(bytesOf(update!));
  });

  it('refuses a damaged row and a damaged blob', async () => {
    const edits: [string, object][] = [
      [`UPDATE "leaf" SET "bytes" = set_byte("bytes", 30, get_byte("bytes", 30) # 1) WHERE "index" = 5`, { rule: 'row.leaf-hash', location: { leaf: 5 } }],
      [
        `UPDATE "blob_chunk" SET "data" = set_byte("data", 0, get_byte("data", 0) # 1)
         WHERE "blob_id" = (SELECT "id" FROM "blob" WHERE "sha256" = decode('${digestOf(bytesOf('digits 1'))}', 'hex'))`,
        { code: 'blob.corrupt' },
      ],
    ];
    for (const [edit, error] of edits) {
      await editRows(storage.url, edit);
      await expect(exportChain(storage, join(folder, 'out'))).rejects.toMatchObject(error);
      await editRows(storage.url, edit);
      expect(await readdir(folder)).toEqual([]);
    }
  });

  it('has nothing to say about an empty database', async () => {
    const empty = await openTestStorage();
    await expect(exportChain(empty, join(folder, 'out'))).rejects.toMatchObject({ rule: 'chain.empty' });
    await empty.close();
  });
});
