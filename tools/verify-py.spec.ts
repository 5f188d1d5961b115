import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ChainError } from '@fedseal/chain/chain-error';
import { decodeChainFile } from '@fedseal/chain/file/chain-file';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import { verifyChain } from '@fedseal/chain/verify/verify-chain';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fedseal } from '../apps/cli/src/e2e/fedseal.testing.js';
import { TestFederation } from '../apps/cli/src/e2e/test-federation.testing.js';
import { python, whyNoPython } from './python.testing.js';

const root = resolve(import.meta.dirname, '..');
const SMALL_CHAIN = join(root, 'docs/vectors/small-chain.fsl');
const WYCHEPROOF = join(process.env['VECTORS_DIR'] ?? resolve(root, '../shared/vectors'), 'ed25519/wycheproof_ed25519_test.json');
const FRONT_BYTES = 28;
const HEADER_BYTES = 176;

/** What one verifier says: where and why it refuses, or that it does not. */
interface Verdict {
  readonly rule?: string;
  readonly block?: number;
  readonly leaf?: number;
}

/** Bundles that hold less, and how they are asked for. */
const PARTIAL: [name: string, choice: string[]][] = [
  ['no-updates', ['--updates', 'none']],
  ['newest-models', ['--models', 'final', '--updates', 'none']],
  ['no-models', ['--models', 'none', '--updates', 'none']],
];

type Flip = readonly [offset: number, mask: number];

function headerCount(chain: Uint8Array): number {
  return Number(new DataView(chain.buffer, chain.byteOffset).getBigUint64(12));
}

/** Every `headerStep`-th byte of front and headers, every `leafStep`-th of the leaves; the bit goes round. */
function flipsOver(chain: Uint8Array, headerStep: number, leafStep: number): Flip[] {
  const leavesAt = FRONT_BYTES + headerCount(chain) * HEADER_BYTES;
  const flips: Flip[] = [];
  for (let at = 0; at < chain.length; at += at < leavesAt ? headerStep : leafStep) flips.push([at, 1 << (flips.length % 8)]);
  return flips;
}

async function verdictHere(chain: Uint8Array, [offset, mask]: Flip): Promise<Verdict> {
  const changed = Uint8Array.from(chain);
  changed[offset]! ^= mask;
  try {
    await verifyChain(decodeChainFile(changed), nodeCrypto);
    return {};
  } catch (error) {
    if (!(error instanceof ChainError)) throw error;
    return verdictOf({ rule: error.rule, ...error.location });
  }
}

async function verdictsInPython(file: string, flips: readonly Flip[]): Promise<Verdict[]> {
  const { status, stdout, stderr } = await python('verify_checks.py', ['flips', file], JSON.stringify(flips));
  expect(status, stderr).toBe(0);
  return (JSON.parse(stdout) as { verdicts: Verdict[] }).verdicts.map(verdictOf);
}

/** Without the fields that say nothing. Which fault of a text that is no strict JSON is named first is a parser's own affair. */
function verdictOf({ rule, block, leaf }: { rule?: unknown; block?: unknown; leaf?: unknown }): Verdict {
  const facts = { rule: String(rule).replace(/^json\..*/, 'json'), block, leaf };
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => typeof value === 'string' || typeof value === 'number'));
}

/** Both verifiers find every flip, in the same place and by the same rule. */
async function expectSameVerdicts(file: string, headerStep: number, leafStep: number): Promise<number> {
  const chain = new Uint8Array(readFileSync(file));
  const flips = flipsOver(chain, headerStep, leafStep);
  const there = await verdictsInPython(file, flips);
  for (const [i, flip] of flips.entries()) {
    const here = await verdictHere(chain, flip);
    expect(here.rule, `byte ${flip[0]}, mask ${flip[1]}`).toBeDefined();
    expect(there[i], `byte ${flip[0]}, mask ${flip[1]}`).toEqual(here);
  }
  return flips.length;
}

// Reporters leave out the names of what was skipped.
if (whyNoPython) console.warn(`Skipped: tools/verify.py, because ${whyNoPython}`);
const noVectors = existsSync(WYCHEPROOF) ? undefined : `there is no ${WYCHEPROOF} (set VECTORS_DIR)`;
if (!whyNoPython && noVectors) console.warn(`Skipped: Wycheproof with tools/verify.py, because ${noVectors}`);

describe.skipIf(whyNoPython)(whyNoPython ? `tools/verify.py: skipped, because ${whyNoPython}` : 'tools/verify.py', () => {
  it('holds the vectors of docs/CHAIN.md and docs/AGGREGATE.md', async () => {
    const { status, stdout, stderr } = await python('verify_checks.py', ['vectors']);
    expect({ status, stderr }, stdout).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({ held: expect.any(Number) as number, wrong: [] });
    expect((JSON.parse(stdout) as { held: number }).held).toBeGreaterThan(100);
  });

  it.skipIf(noVectors)(noVectors ? `Wycheproof: skipped, because ${noVectors}` : 'judges signatures as Wycheproof does, with its own arithmetic and with the library', async () => {
    const { status, stdout } = await python('verify_checks.py', ['wycheproof', WYCHEPROOF]);
    expect(status, stdout).toBe(0);
    expect((JSON.parse(stdout) as { held: number }).held).toBeGreaterThan(100);
  });

  it('verifies the small chain, with and without the library for signatures', async () => {
    for (const ed25519 of ['auto', 'own']) {
      const { status, stdout } = await python('verify.py', [SMALL_CHAIN, '--format', 'json', '--ed25519', ed25519]);
      expect(status, stdout).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ verified: true, chain: { blocks: 6, leaves: 35, rounds: 2 } });
    }
    const text = await python('verify.py', [SMALL_CHAIN]);
    expect(text).toMatchObject({ status: 0, stderr: '' });
    expect(text.stdout).toMatch(/^VERIFIED in /m);
  });

  it('finds what the first verifier finds wherever the small chain is changed', async () => {
    expect(await expectSameVerdicts(SMALL_CHAIN, 3, 29)).toBeGreaterThan(900);
  });

  it('exits with 1 for what does not verify and with 2 for what is no export', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'fedseal-verify-py-'));
    try {
      const file = join(folder, 'changed.fsl');
      const chain = readFileSync(SMALL_CHAIN);
      chain[chain.length - 20]! ^= 1;
      writeFileSync(file, chain);
      for (const ed25519 of ['auto', 'own']) {
        const { status, stdout } = await python('verify.py', [file, '--ed25519', ed25519]);
        expect(status).toBe(1);
        expect(stdout).toMatch(/^DOES NOT VERIFY at block 5, leaf 34: run\.end\.signature\n/);
      }
      for (const args of [[], [join(folder, 'nowhere')], [folder], [file, '--format', 'xml'], [file, file]]) {
        const { status, stdout, stderr } = await python('verify.py', args);
        expect({ status, stdout }, args.join(' ')).toEqual({ status: 2, stdout: '' });
        expect(stderr).not.toBe('');
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe.skipIf(whyNoPython)(whyNoPython ? `tools/verify.py on an export: skipped, because ${whyNoPython}` : 'tools/verify.py on an export of a real federation', () => {
  let folder: string;
  let dir: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'fedseal-verify-py-'));
    dir = join(folder, 'audit');
    const federation = await TestFederation.create();
    try {
      await federation.startCoordinator();
      await federation.startWorker('clinic-1', 'contributor');
      await federation.startWorker('clinic-2', 'contributor');
      // A strategy with a state, behind the clip filter: its blobs and rules are then among those that are lied about below.
      await federation.createRun({ name: 'exported', evaluation: { central: false }, strategy: { name: 'fedadam' }, policy: { quorum: 2, clip: { norm: 0.5 } } });
      await federation.ended('exported');
      expect((await federation.export(dir)).status).toBe(0);
      for (const [name, choice] of PARTIAL) expect((await federation.export(join(folder, name), ...choice)).status).toBe(0);
    } finally {
      await federation.close();
    }
  });

  afterAll(() => {
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  /** Both commands on an export as it lies there. */
  async function judge(dir: string): Promise<{ first: { status: number; answer: Record<string, unknown> }; second: { status: number | null; answer: Record<string, unknown> } }> {
    const [first, second] = await Promise.all([fedseal('audit', dir, '--format', 'json'), python('verify.py', [dir, '--format', 'json'])]);
    expect(second.stderr).toBe('');
    const parse = (text: string) => JSON.parse(text) as Record<string, unknown>;
    return { first: { status: first.status, answer: parse(first.stdout) }, second: { status: second.status, answer: parse(second.stdout) } };
  }

  async function expectRefusedAlike(what: string): Promise<Verdict> {
    const { first, second } = await judge(dir);
    expect(first.status, what).toBe(1);
    expect(second.status, what).toBe(1);
    expect(verdictOf(second.answer), what).toEqual(verdictOf(first.answer));
    return verdictOf(second.answer);
  }

  const blobs = () => readdirSync(join(dir, 'blobs')).map((name) => join(dir, 'blobs', name));

  it('rebuilds what the audit rebuilds', async () => {
    const answer = await expectSameAnswer(dir);
    expect(answer).toMatchObject({ cohorts: 2, initialModels: 1, tiles: 2, rounds: [{ round: 1, status: 'reproduced' }, { round: 2, status: 'reproduced' }] });
  });

  it.each(PARTIAL)('says of a bundle without everything what the audit says: %s', async (name) => {
    const { rounds, runsLeftOut } = await expectSameAnswer(join(folder, name));
    expect(rounds).toMatchObject([{ status: 'left-out' }, { status: 'left-out' }]);
    expect(runsLeftOut).toEqual([]);
    const { stdout } = await python('verify.py', [join(folder, name)]);
    expect(stdout).toMatch(/^VERIFIED in [0-9.]+ s\. 2 of 2 rounds could not be rebuilt from what is here\.$/m);
  });

  /** The tree is small: it has one, whose name is the number of its leaves. */
  const hashTile = () => `tile/0/000.p/${readdirSync(join(dir, 'tile/0/000.p'))[0]}`;

  /** Both verify it and report the same. */
  async function expectSameAnswer(of: string): Promise<Record<string, unknown>> {
    const { first, second } = await judge(of);
    expect([first.status, second.status], JSON.stringify(second.answer)).toEqual([0, 0]);
    const { seconds, notChecked, chain, ...answer } = second.answer;
    const { chain: named, ...audited } = first.answer;
    expect(answer).toEqual(audited);
    // The audit names the operator's key too.
    expect(named).toMatchObject(chain as object);
    expect(seconds).toBeTypeOf('number');
    expect(notChecked).toEqual(['README.txt']);
    return answer;
  }

  it.each<[string, (text: string) => string, RegExp]>([
    ['checkpoint', (text) => text.replace(/\n\d+\n/, '\n7\n'), /^note\.signature$/],
    ['checkpoint', (text) => text.replace('\u2014 ', '- '), /^note\.signature$/],
    ['checkpoint', (text) => text.slice(0, -1), /^note\.text$/],
    ['tile', () => 'no hashes', /^tile\.bytes$/],
    ['bundle.json', (text) => text.replace(/"height": \d+/, '"height": 0'), /^bundle\.contents$/],
    ['bundle.json', (text) => text.replace('"all"', '"some"'), /^bundle\.contents$/],
  ])('finds a change of %s, as the audit does (%#)', async (name, change, rule) => {
    const file = join(dir, name === 'tile' ? hashTile() : name);
    const whole = readFileSync(file);
    writeFileSync(file, change(whole.toString('utf8')));
    expect((await expectRefusedAlike(name)).rule).toMatch(rule);
    writeFileSync(file, whole);
  });

  it('misses a tile, the checkpoint or all blobs, and finds what no export writes, as the audit does', async () => {
    const away = join(folder, 'away');
    for (const [name, rule] of [[hashTile(), 'tile.missing'], ['checkpoint', 'bundle.incomplete'], ['blobs', 'bundle.incomplete']] as const) {
      renameSync(join(dir, name), away);
      expect(await expectRefusedAlike(name)).toEqual({ rule });
      renameSync(away, join(dir, name));
    }
    for (const name of ['notes.txt', 'tile/1', `blobs/${createHash('sha256').update('stray').digest('hex')}`]) {
      writeFileSync(join(dir, name), 'stray');
      expect(await expectRefusedAlike(name)).toEqual({ rule: 'export.stranger' });
      rmSync(join(dir, name));
    }
  });

  it('finds what an operator could lie about with every signature right', async () => {
    const { status, stdout, stderr } = await python('verify_checks.py', ['lies', dir]);
    expect({ status, stderr }, stdout).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({ held: 48, wrong: [] });
  });

  it('finds a flipped bit in any blob, as the audit does', async () => {
    expect(blobs().length).toBeGreaterThanOrEqual(10);
    for (const [i, blob] of blobs().entries()) {
      const whole = readFileSync(blob);
      const flipped = Uint8Array.from(whole);
      flipped[(i * 7919) % whole.length]! ^= 1 << (i % 8);
      writeFileSync(blob, flipped);
      expect(await expectRefusedAlike(blob)).toMatchObject({ rule: 'audit.blob-digest' });
      writeFileSync(blob, whole);
    }
  }, 240_000);

  it('misses any blob that is gone, as the audit does', async () => {
    const away = join(folder, 'away');
    for (const blob of blobs()) {
      renameSync(blob, away);
      expect(await expectRefusedAlike(blob)).toMatchObject({ rule: 'audit.blob-missing' });
      renameSync(away, blob);
    }
  }, 240_000);

  it('refuses a blob that has another name than its digest', async () => {
    const stranger = join(dir, 'blobs', '0'.repeat(64));
    writeFileSync(stranger, 'not what the name says');
    expect(await expectRefusedAlike(stranger)).toEqual({ rule: 'audit.blob-digest' });
    rmSync(stranger);
  });

  it('finds what the first verifier finds wherever the chain is changed', async () => {
    expect(await expectSameVerdicts(join(dir, 'chain.fsl'), 7, 61)).toBeGreaterThan(250);
  });
});
