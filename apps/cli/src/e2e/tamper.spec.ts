import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChainError } from '@fedseal/chain/chain-error';
import { HEADER_BYTES } from '@fedseal/chain/header/header';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditExport } from '../verify/audit-export.js';
import { openExport, verifyExport } from '../verify/chain-export.js';
import { fedseal } from './fedseal.testing.js';
import { TestFederation } from './test-federation.testing.js';

const FRONT_BYTES = 28;

describe('an export of a real federation', () => {
  let folder: string;
  let dir: string;
  let chain: Uint8Array;

  beforeAll(async () => {
    const federation = await TestFederation.create();
    try {
      await federation.startCoordinator();
      await federation.startWorker('evaluator', 'evaluator');
      await federation.startWorker('clinic-1', 'contributor');
      await federation.startWorker('clinic-2', 'contributor');
      await federation.createRun({ name: 'exported' });
      await federation.ended('exported');
      folder = mkdtempSync(join(tmpdir(), 'fedseal-export-'));
      dir = join(folder, 'audit');
      const got = await fedseal('receipt', 'get', '4', '--out', join(folder, 'receipt.json'), '--url', federation.url, '--home', federation.home);
      expect(got, got.stderr).toMatchObject({ status: 0 });
      expect((await federation.export(dir)).status).toBe(0);
    } finally {
      await federation.close();
    }
    chain = readFileSync(join(dir, 'chain.fsl'));
  });

  afterAll(() => {
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  /** Flips a bit of a file, runs the audit in this process, and mends the file again. */
  async function auditFlipped(file: string, offset: number, bit: number): Promise<unknown> {
    const whole = readFileSync(file);
    const flipped = Uint8Array.from(whole);
    flipped[offset]! ^= 1 << bit;
    writeFileSync(file, flipped);
    try {
      return await auditExport(await openExport(dir)).then(
        () => undefined,
        (error: unknown) => error,
      );
    } finally {
      writeFileSync(file, whole);
    }
  }

  it('verifies and reproduces with no coordinator and no database', async () => {
    const verified = await fedseal('verify', dir);
    expect(verified).toMatchObject({ status: 0 });
    expect(verified.stdout).toContain('VERIFIED');
    const audited = await fedseal('audit', dir, '--format', 'json');
    expect(audited.status).toBe(0);
    expect(JSON.parse(audited.stdout)).toMatchObject({
      verified: true,
      rounds: [{ run: 'exported', round: 1, status: 'reproduced' }, { run: 'exported', round: 2, status: 'reproduced' }],
    });
  });

  it('holds a receipt that verifies by itself, until a byte of it is changed', async () => {
    const file = join(folder, 'receipt.json');
    for (const words of [['receipt', 'verify'], ['verify']]) {
      const answer = await fedseal(...words, file);
      expect(answer.status, answer.stderr).toBe(0);
      expect(answer.stdout).toContain('VERIFIED (sealed)');
    }
    const receipt = JSON.parse(readFileSync(file, 'utf8')) as { block: { header: string } };
    const header = receipt.block.header;
    receipt.block.header = (header.startsWith('0') ? '1' : '0') + header.slice(1);
    const forged = join(folder, 'forged.json');
    writeFileSync(forged, JSON.stringify(receipt));
    expect(await fedseal('receipt', 'verify', forged)).toMatchObject({ status: 1, stdout: expect.stringContaining('DOES NOT VERIFY') as string });
  });

  it('finds a flipped byte anywhere in the headers, and names the block', async () => {
    const view = new DataView(chain.buffer, chain.byteOffset);
    const headers = Number(view.getBigUint64(12));
    const end = FRONT_BYTES + headers * HEADER_BYTES;
    for (let offset = 0; offset < end; offset += 1) {
      const flipped = Uint8Array.from(chain);
      flipped[offset]! ^= 1 << (offset % 8);
      const file = join(folder, 'flipped.fsl');
      writeFileSync(file, flipped);
      const error = await verifyExport(await openExport(file)).then(() => undefined, (e: unknown) => e);
      expect(error, `byte ${offset} of the headers`).toBeInstanceOf(ChainError);
    }
  });

  it('finds a flipped byte in any leaf and names the rule', async () => {
    const view = new DataView(chain.buffer, chain.byteOffset);
    const start = FRONT_BYTES + Number(view.getBigUint64(12)) * HEADER_BYTES;
    // A stride that is no multiple of a leaf's parts meets lengths, kinds, payloads, key ids and signatures.
    for (let offset = start; offset < chain.length; offset += 97) {
      const error = await auditFlipped(join(dir, 'chain.fsl'), offset, offset % 8);
      expect(error, `byte ${offset}`).toBeInstanceOf(ChainError);
      expect((error as ChainError).rule).toMatch(/^[a-z]/);
    }
  });

  it('finds a flipped byte in every blob and names the blob', async () => {
    const blobs = readdirSync(join(dir, 'blobs'));
    expect(blobs.length).toBeGreaterThanOrEqual(11);
    for (const [i, sha256] of blobs.entries()) {
      const size = readFileSync(join(dir, 'blobs', sha256)).length;
      const error = await auditFlipped(join(dir, 'blobs', sha256), (i * 7919) % size, i % 8);
      expect(error, sha256).toBeInstanceOf(ChainError);
      expect((error as ChainError).message).toContain(sha256);
    }
  });

  it('says so on the command line and exits non-zero', async () => {
    const broken = Uint8Array.from(chain);
    broken[chain.length - 20]! ^= 1;
    const file = join(folder, 'broken.fsl');
    writeFileSync(file, broken);
    const text = await fedseal('verify', file);
    expect(text.status).toBe(1);
    expect(text.stdout).toMatch(/^DOES NOT VERIFY at block \d+/);
    const json = await fedseal('verify', file, '--format', 'json');
    expect(json.status).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({ verified: false, rule: expect.any(String), block: expect.any(Number) as number });
    expect((await fedseal('verify', join(folder, 'nowhere'))).status).toBe(3);
  });
});
