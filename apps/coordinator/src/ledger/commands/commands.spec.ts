import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseConfig } from '../../config/config.js';
import type { Config } from '../../config/config.js';
import type { Storage } from '../../storage/open-storage.js';
import { editRows } from '../../storage/testing/edit-rows.testing.js';
import { openTestStorage } from '../../storage/testing/test-database.testing.js';
import { openTestLedger } from '../ledger.testing.js';
import { loadOperatorKey } from '../operator-key.js';
import { Scene } from '../scene.testing.js';
import { runAudit } from './run-audit.js';
import { runExport } from './run-export.js';

describe('coordinator export and audit', () => {
  let storage: Storage;
  let folder: string;
  let config: Config;

  beforeAll(async () => {
    storage = await openTestStorage();
    folder = await mkdtemp(join(tmpdir(), 'fedseal-commands-'));
    config = parseConfig({ FEDSEAL_HOME: folder, DATABASE_URL: storage.url });
    const operator = await loadOperatorKey(folder, randomBytes);
    const ledger = await openTestLedger(storage, { operator });
    ledger.start();
    const scene = new Scene(ledger.service);
    await scene.enrol('alice');
    await scene.enrol('bob');
    const [first] = await storage.ledger.pool();
    const sealed = ledger.service.sealed(first!.hash);
    ledger.timer.elapse();
    await sealed;
    await scene.enrol('carol');
    await ledger.close();
  });

  afterAll(async () => {
    await storage.close();
    await rm(folder, { recursive: true });
  });

  async function run(command: typeof runAudit, ...args: string[]): Promise<{ status: number; text: string }> {
    let text = '';
    const status = await command(config, args, (piece) => (text += piece));
    return { status, text };
  }

  it('exports beside the running coordinator', async () => {
    const json = await run(runExport, '--out', join(folder, 'one'), '--format', 'json');
    expect(json.status).toBe(0);
    expect(JSON.parse(json.text)).toEqual({ dir: join(folder, 'one'), blocks: 2, leaves: 4, tiles: 2, blobs: 0, blobBytes: 0, updatesNotKept: 0, leftOut: 0 });
    expect((await readdir(join(folder, 'one'))).sort()).toEqual(['README.txt', 'blobs', 'bundle.json', 'chain.fsl', 'checkpoint', 'tile']);
    const text = await run(runExport, `--out=${join(folder, 'two')}`);
    expect(text).toEqual({ status: 0, text: `Exported 2 blocks, 4 leaves, 2 tiles, a signed checkpoint and 0 blobs to ${join(folder, 'two')}\n` });
  });

  it('audits what is whole', async () => {
    const json = await run(runAudit, '--format', 'json');
    expect(json.status).toBe(0);
    expect(JSON.parse(json.text)).toMatchObject({
      verified: true, chain: { blocks: 2, leaves: 4, contributors: 2 }, waiting: 1, blobs: 0, rounds: [], runs: 0, cohorts: 0, initialModels: 0,
    });
    const text = await run(runAudit);
    expect(text.status).toBe(0);
    expect(text.text).toMatch(/^Chain of "Test federation", [0-9a-f]{64}\n {2}blocks 2, leaves 4, [^]*\nAUDIT PASSED\.\n$/);
  });

  it('names what is not, and exports none of it', async () => {
    const edit = `UPDATE "leaf" SET "bytes" = set_byte("bytes", 60, get_byte("bytes", 60) # 4) WHERE "index" = 2`;
    await editRows(storage.url, edit);
    const json = await run(runAudit, '--format', 'json');
    expect(json.status).toBe(1);
    expect(JSON.parse(json.text)).toEqual({ verified: false, rule: 'row.leaf-hash', message: expect.any(String), block: 1, leaf: 2 });
    expect(await run(runAudit)).toEqual({ status: 1, text: expect.stringMatching(/^DOES NOT VERIFY at block 1, leaf 2, rule row\.leaf-hash: /) });
    await expect(run(runExport, '--out', join(folder, 'three'))).rejects.toMatchObject({ code: 'chain.corrupt' });
    await editRows(storage.url, edit);
    expect((await run(runAudit)).status).toBe(0);
  });

  it('signs no checkpoint with a key that is not the operator\'s', async () => {
    const other = await mkdtemp(join(tmpdir(), 'fedseal-commands-'));
    const elsewhere = { ...config, home: other };
    await expect(runExport(elsewhere, ['--out', join(folder, 'four')])).rejects.toMatchObject({ code: 'home.operator-key' });
    await loadOperatorKey(other, randomBytes);
    await expect(runExport(elsewhere, ['--out', join(folder, 'four')])).rejects.toMatchObject({ code: 'export.operator-key' });
    expect(await readdir(folder)).not.toContain('four');
    await rm(other, { recursive: true });
  });

  it.each([
    [runExport, [], 'usage.export'],
    [runExport, ['--out', ''], 'usage.export'],
    [runExport, ['--out', 'x', '--format', 'xml'], 'usage.export'],
    [runExport, ['x'], 'usage.export'],
    [runExport, ['--out', 'x', '--models', 'some'], 'usage.export'],
    [runExport, ['--out', 'x', '--updates', 'final'], 'usage.export'],
    [runExport, ['--out', 'x', '--run', 'unheard-of'], 'usage.run'],
    [runAudit, ['--format', 'yaml'], 'usage.audit'],
    [runAudit, ['--fast'], 'usage.audit'],
  ])('refuses what it does not understand (%#)', async (command, args, code) => {
    await expect(run(command, ...args)).rejects.toMatchObject({ code });
  });
});
