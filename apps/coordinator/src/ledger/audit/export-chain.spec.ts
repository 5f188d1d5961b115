import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { toHex } from '@fedseal/chain/bytes';
import { openCheckpoint } from '@fedseal/chain/checkpoint/open-checkpoint';
import { bundleContents } from '@fedseal/chain/file/bundle-contents';
import type { BundleChoice } from '@fedseal/chain/file/bundle-contents';
import { decodeChainFile, encodeChainFile } from '@fedseal/chain/file/chain-file';
import { leafHash } from '@fedseal/chain/leaf/leaf-hash';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import { testSigner } from '@fedseal/chain/testing/test-chain.testing';
import { decodeEntryBundle } from '@fedseal/chain/tiles/entry-bundle';
import { decodeHashTile } from '@fedseal/chain/tiles/hash-tile';
import { rootOf } from '@fedseal/chain/tree/root-of';
import { verifyChain } from '@fedseal/chain/verify/verify-chain';
import { openTestStorage } from '../../storage/testing/test-database.testing.js';
import { editRows } from '../../storage/testing/edit-rows.testing.js';
import type { Storage } from '../../storage/open-storage.js';
import { buildStoredChain, bytesOf, digestOf } from '../stored-chain.testing.js';
import { exportChain } from './export-chain.js';

const operator = testSigner('operator');
const isModel = (name: string): boolean => /^(digits|warm-up) \d$/.test(name);

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
    const report = await exportChain(storage, dir, operator);
    const { headers, leaves } = decodeChainFile(await readFile(join(dir, 'chain.fsl')));
    const verified = await verifyChain({ headers, leaves }, nodeCrypto);
    expect(verified.head).toMatchObject({ height: 3, treeSize: leaves.length });
    expect(report).toMatchObject({ dir, blocks: 4, leaves: leaves.length, blobs: names.size, updatesNotKept: 0, leftOut: 0 });
    expect((await readdir(dir)).sort()).toEqual(['README.txt', 'blobs', 'bundle.json', 'chain.fsl', 'checkpoint', 'tile']);
    const blobs = await readdir(join(dir, 'blobs'));
    expect(blobs.sort()).toEqual([...names].map((name) => digestOf(bytesOf(name))).sort());
    for (const name of blobs) expect(digestOf(await readFile(join(dir, 'blobs', name)))).toBe(name);
    expect(Buffer.from(encodeChainFile({ headers, leaves }))).toEqual(await readFile(join(dir, 'chain.fsl')));
  });

  it('signs the head, and cuts the leaves and their hashes into tiles', async () => {
    const { leaves, tiles } = await exportChain(storage, join(folder, 'out'), operator);
    const file = (path: string) => readFile(join(folder, 'out', path));
    const chain = decodeChainFile(await file('chain.fsl'));
    const { head, views } = await verifyChain(chain, nodeCrypto);
    const key = { origin: views.charter!.origin, publicKey: operator.publicKey };
    const { size, root } = openCheckpoint((await file('checkpoint')).toString('utf8'), key, nodeCrypto);
    expect([size, toHex(root)]).toEqual([head.treeSize, head.treeRoot]);
    // Fewer than 256 leaves: one partial bundle, and one partial tile of hashes.
    expect(tiles).toBe(2);
    const bundle = decodeEntryBundle(await file(`tile/entries/000.p/${leaves}`), leaves);
    expect(bundle.map((leaf) => Buffer.from(leaf))).toEqual(chain.leaves.map((leaf) => Buffer.from(leaf)));
    expect(toHex(rootOf(nodeCrypto, decodeHashTile(await file(`tile/0/000.p/${leaves}`), leaves)))).toBe(head.treeRoot);
    const readme = (await file('README.txt')).toString('utf8');
    for (const fact of [head.blockHash, views.chainId!, toHex(operator.publicKey)]) expect(readme).toContain(fact);
  });

  it('never lets the operator sign a chain that does not verify', async () => {
    const whole = (await storage.ledger.leaf(3))!.bytes;
    // Somebody who can write to the database, and who thinks of the row's own hash.
    const put = (bytes: Uint8Array) =>
      editRows(storage.url, 'UPDATE "leaf" SET "bytes" = $1, "hash" = $2 WHERE "index" = 3', [Buffer.from(bytes), Buffer.from(leafHash(nodeCrypto, bytes))]);
    const forged = Uint8Array.from(whole);
    forged[forged.length - 1]! ^= 1;
    expect(await put(forged)).toBe(1);
    await expect(exportChain(storage, join(folder, 'out'), operator)).rejects.toMatchObject({ rule: 'contributor.enrol.signature', location: { block: 1, leaf: 3 } });
    expect(await readdir(folder)).toEqual([]);
    await put(whole);
  });

  it.each<[BundleChoice, (name: string) => boolean]>([
    [{ models: 'all', updates: 'none', runs: null }, (name) => !name.startsWith('update ')],
    [{ models: 'none', updates: 'all', runs: null }, (name) => !isModel(name)],
    [{ models: 'final', updates: 'none', runs: ['digits'] }, (name) => name === 'digits 1' || (name.includes('digits') && !isModel(name) && !name.startsWith('update '))],
    [{ models: 'all', updates: 'all', runs: ['warm-up'] }, (name) => name.includes('warm-up')],
  ])('holds what it is asked for, and says so: %j', async (choice, isChosen) => {
    const { blobs, leftOut } = await exportChain(storage, join(folder, 'out'), operator, choice);
    const expected = [...names].filter(isChosen).map((name) => digestOf(bytesOf(name)));
    expect((await readdir(join(folder, 'out', 'blobs'))).sort()).toEqual(expected.sort());
    expect([blobs, leftOut]).toEqual([expected.length, names.size - expected.length]);
    const contents = bundleContents.parse(JSON.parse(await readFile(join(folder, 'out', 'bundle.json'), 'utf8')));
    expect(contents).toMatchObject(choice);
  });

  it('fills an empty folder and refuses one that holds anything', async () => {
    await mkdir(join(folder, 'empty'));
    await exportChain(storage, join(folder, 'empty'), operator);
    const held = join(folder, 'held');
    await mkdir(held);
    await writeFile(join(held, 'notes.txt'), 'mine');
    for (const dir of [held, join(folder, 'empty')]) {
      await expect(exportChain(storage, dir, operator)).rejects.toMatchObject({ code: 'export.not-empty' });
    }
    expect(await readdir(held)).toEqual(['notes.txt']);
    expect((await readdir(folder)).sort()).toEqual(['empty', 'held']);
  });

  it('leaves nothing behind when a sealed result is missing', async () => {
    const sha256 = digestOf(bytesOf('digits 1'));
    await storage.blobs.delete(sha256);
    await expect(exportChain(storage, join(folder, 'out'), operator)).rejects.toMatchObject({ code: 'export.blob-missing', message: expect.stringContaining(`model ${sha256}`) });
    expect(await readdir(folder)).toEqual([]);
    await storage.blobs.put(bytesOf('digits 1'));
  });

  it('counts the updates that were not kept', async () => {
    const [update] = [...names].filter((name) => name.startsWith('update '));
    await storage.blobs.delete(digestOf(bytesOf(update!)));
    const report = await exportChain(storage, join(folder, 'out'), operator);
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
      await expect(exportChain(storage, join(folder, 'out'), operator)).rejects.toMatchObject(error);
      await editRows(storage.url, edit);
      expect(await readdir(folder)).toEqual([]);
    }
  });

  it('has nothing to say about an empty database', async () => {
    const empty = await openTestStorage();
    await expect(exportChain(empty, join(folder, 'out'), operator)).rejects.toMatchObject({ rule: 'chain.empty' });
    await empty.close();
  });
});
