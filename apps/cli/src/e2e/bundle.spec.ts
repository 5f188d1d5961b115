import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ChainError } from '@fedseal/chain/chain-error';
import { decodeSafetensors } from '@fedseal/model/safetensors/decode-safetensors';
import { auditExport } from '../verify/audit-export.js';
import { openExport, verifyExport } from '../verify/chain-export.js';
import { HttpReader } from '../verify/http-reader.js';
import { RemoteChain } from '../verify/remote-chain.js';
import { fedseal } from './fedseal.testing.js';
import { TestFederation } from './test-federation.testing.js';

/** What the command answers, as it prints it. */
interface Answer {
  readonly status: number;
  readonly answer: Record<string, unknown>;
}

/** One real federation: a run of two rounds and one of one round. Its coordinator runs all the while. */
let federation: TestFederation;
let folder: string;
let bundle: string;
let model: string;
let tree: { readonly size: number; readonly path: string };

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fedseal-bundle-'));
  federation = await TestFederation.create();
  await federation.startCoordinator();
  await federation.startWorker('evaluator', 'evaluator');
  await federation.startWorker('clinic-1', 'contributor');
  await federation.startWorker('clinic-2', 'contributor');
  await federation.createRun({ name: 'traced' });
  const { model: { sha256 } } = await federation.ended('traced');
  await federation.createRun({ name: 'other', rounds: 1, seed: 7 });
  await federation.ended('other');
  bundle = join(folder, 'bundle');
  const exported = await fedseal('export', '--out', bundle, '--home', federation.home, '--format', 'json');
  expect(exported, exported.stderr).toMatchObject({ status: 0 });
  const { leaves } = JSON.parse(exported.stdout.trim().split('\n').at(-1)!) as { leaves: number };
  tree = { size: leaves, path: `000.p/${leaves}` };
  model = join(folder, 'model.safetensors');
  cpSync(join(bundle, 'blobs', sha256), model);
});

afterAll(async () => {
  await federation?.close();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

async function ask(...words: string[]): Promise<Answer> {
  const { status, stdout, stderr } = await fedseal(...words, '--format', 'json');
  return { status, answer: JSON.parse(stdout || JSON.stringify({ stderr })) as Record<string, unknown> };
}

/** What a check says, in this process. */
function refusal(check: Promise<unknown>): Promise<ChainError | undefined> {
  return check.then(() => undefined, (error: unknown) => {
    expect(error).toBeInstanceOf(ChainError);
    return error as ChainError;
  });
}

describe('a bundle', () => {
  it('is one folder that explains and verifies itself', async () => {
    expect(readdirSync(bundle).sort()).toEqual(['README.txt', 'blobs', 'bundle.json', 'chain.fsl', 'checkpoint', 'tile']);
    const { status, answer } = await ask('verify', bundle);
    expect(answer).toMatchObject({
      verified: true, target: 'bundle', checkpoint: { size: tree.size }, tiles: 2, contents: { models: 'all', updates: 'all', runs: null }, notChecked: expect.any(Array) as unknown[],
    });
    expect(status).toBe(0);
    const readme = readFileSync(join(bundle, 'README.txt'), 'utf8');
    const { chainId, head, operator } = answer['chain'] as { chainId: string; head: { blockHash: string }; operator: { key: string } };
    for (const fact of [chainId, head.blockHash, operator.key, 'fedseal audit', 'tools/verify.py', 'does not stop the operator']) expect(readme).toContain(fact);
  });

  it.each([
    ['a tile of hashes', () => `tile/0/${tree.path}`, 'tile.bytes'],
    ['a bundle of leaves', () => `tile/entries/${tree.path}`, 'tile.bytes'],
    ['the checkpoint', () => 'checkpoint', /^(note|checkpoint|bytes)\./],
    ['what it says of itself', () => 'bundle.json', 'bundle.contents'],
  ])('is refused with a changed byte in %s', async (_, file, rule) => {
    const path = join(bundle, file());
    const whole = readFileSync(path);
    for (const offset of [0, Math.floor(whole.length / 2), whole.length - 2]) {
      const changed = Uint8Array.from(whole);
      changed[offset]! ^= 1;
      writeFileSync(path, changed);
      for (const check of [verifyExport, auditExport]) {
        expect((await refusal(check(await openExport(bundle))))?.rule, `byte ${offset}`).toMatch(rule);
      }
    }
    writeFileSync(path, whole);
  });

  it.each([
    ['a tile', () => `tile/0/${tree.path}`, 'tile.missing'],
    ['the checkpoint', () => 'checkpoint', 'bundle.incomplete'],
  ])('is refused without %s', async (_, file, rule) => {
    const path = join(bundle, file());
    const whole = readFileSync(path);
    rmSync(path);
    expect((await refusal(verifyExport(await openExport(bundle))))?.rule).toBe(rule);
    writeFileSync(path, whole);
  });

  it.each(['notes.txt', 'tile/0/001', 'tile/1/000.p/1', `blobs/${'00'.repeat(32)}`])('is refused with a stranger in it: %s', async (name) => {
    mkdirSync(join(bundle, name, '..'), { recursive: true });
    writeFileSync(join(bundle, name), 'mine');
    const { rule, message } = (await refusal(auditExport(await openExport(bundle))))!;
    // A stranger that claims to be a blob does not even have the digest.
    expect(rule).toBe(name.startsWith('blobs/') ? 'audit.blob-digest' : 'export.stranger');
    expect(message).toContain(name);
    rmSync(join(bundle, name));
    rmSync(join(bundle, 'tile', '1'), { recursive: true, force: true });
  });

  it('does not lean on its page', async () => {
    const path = join(bundle, 'README.txt');
    const page = readFileSync(path);
    writeFileSync(path, 'All is well.');
    await auditExport(await openExport(bundle));
    rmSync(path);
    await auditExport(await openExport(bundle));
    writeFileSync(path, page);
  });
});

describe('a bundle of chosen files', () => {
  it('holds them, and an audit says what was left out', async () => {
    const dir = join(folder, 'chosen');
    expect(await fedseal('export', '--out', dir, '--home', federation.home, '--models', 'final', '--updates', 'none', '--run', 'traced')).toMatchObject({
      status: 0, stdout: expect.stringContaining('left out, as asked') as string,
    });
    const { status, answer } = await ask('audit', dir);
    expect(answer).toMatchObject({
      verified: true, initialModels: 1, cohorts: 2, runsLeftOut: ['other'],
      rounds: [{ run: 'traced', round: 1, status: 'left-out' }, { run: 'traced', round: 2, status: 'left-out' }, { run: 'other', round: 1, status: 'left-out' }],
    });
    expect(status).toBe(0);
    const { stdout } = await fedseal('audit', dir);
    expect(stdout).toMatch(/traced round 1: not rebuilt, because this bundle leaves its models or updates out; the chain says it was made from \d updates, [0-9a-f]{64}\n/);
    expect(stdout).toContain('AUDIT PASSED. 3 of 3 rounds could not be rebuilt from what is here.');
    const blobs = readdirSync(join(dir, 'blobs')).length;
    expect(blobs).toBeLessThan(readdirSync(join(bundle, 'blobs')).length);
    // What it says that it holds, it must hold.
    rmSync(join(dir, 'blobs', (await federation.run('traced')).model.sha256));
    expect((await refusal(auditExport(await openExport(dir))))?.rule).toBe('audit.blob-missing');
  });

  it('still rebuilds the run whose files are whole', async () => {
    const dir = join(folder, 'one-run');
    expect(await federation.export(dir, '--run', 'other')).toMatchObject({ status: 0 });
    const { audit } = await auditExport(await openExport(dir));
    expect(audit.rounds.map(({ run, status }) => `${run}: ${status}`)).toEqual(['traced: left-out', 'traced: left-out', 'other: reproduced']);
    const contents = JSON.parse(readFileSync(join(dir, 'bundle.json'), 'utf8')) as object;
    // Saying more than it holds is found: an audit then misses the files.
    writeFileSync(join(dir, 'bundle.json'), JSON.stringify({ ...contents, runs: null }));
    expect((await refusal(auditExport(await openExport(dir))))?.rule).toBe('audit.blob-missing');
  });

  it('refuses a run that is not there, and writes nothing', async () => {
    const dir = join(folder, 'nothing');
    expect((await federation.export(dir, '--run', 'unheard-of')).status).toBe(2);
    expect(readdirSync(folder)).not.toContain('nothing');
  });
});

describe('where a model comes from', () => {
  it('is told back to the initial model, from a bundle, with names, keys, weights, blocks and figures', async () => {
    const { status, answer } = await ask('verify', model, '--chain', bundle);
    expect(status).toBe(0);
    expect(answer).toMatchObject({ verified: true, target: 'model', namedBy: [{ kind: 'round.close', run: 'traced', round: 2, match: 'file' }] });
    const { steps, initial } = answer['lineage'] as { steps: Record<string, unknown>[]; initial: { model: { sha256: string } } };
    expect(steps.map(({ round }) => round)).toEqual([2, 1]);
    expect(steps[0]!['base']).toEqual(steps[1]!['model']);
    expect(steps[1]!['base']).toEqual(initial.model);
    for (const { contributions, denominator, evaluations } of steps as { contributions: Record<string, unknown>[]; denominator: string; evaluations: unknown[] }[]) {
      expect(contributions).toHaveLength(2);
      expect(contributions.map(({ name }) => name).sort()).toEqual(['clinic-1', 'clinic-2']);
      expect(contributions.reduce((sum, { weight }) => sum + Number(weight), 0)).toBe(Number(denominator));
      expect(evaluations).toMatchObject([{ name: 'evaluator', metrics: { accuracy: expect.any(String) as string } }]);
    }
    const told = await fedseal('verify', model, '--chain', bundle);
    for (const fact of ['this very file is the model that round 2', 'Round 2', 'Round 1', 'Initial model', 'clinic-1', 'clinic-2', 'accuracy', 'sealed in block', 'Not checked here']) {
      expect(told.stdout).toContain(fact);
    }
  });

  it('is found by its tensors when another tool wrote the file, and by the running federation of the home', async () => {
    const rewritten = join(folder, 'rewritten.safetensors');
    writeFileSync(rewritten, rewrite(readFileSync(model)));
    const { status, answer } = await ask('verify', rewritten, '--home', federation.home);
    expect(answer).toMatchObject({ verified: true, place: federation.url, namedBy: [{ run: 'traced', round: 2, match: 'tensors' }] });
    expect(status).toBe(0);
  });

  it('is said not to be known where no chain names it, with a status of its own', async () => {
    const changed = join(folder, 'changed.safetensors');
    const bytes = readFileSync(model);
    bytes[bytes.length - 1]! ^= 1;
    writeFileSync(changed, bytes);
    const { status, answer } = await ask('verify', changed, '--chain', join(bundle, 'chain.fsl'));
    expect(answer).toMatchObject({ verified: false, namedBy: [], lineage: null });
    expect(status).toBe(4);
    expect((await fedseal('verify', changed, '--chain', bundle)).stdout).toContain('NOT FOUND: no run in this chain began with this model and no round made it');
  });

  it('is not told by a chain that does not hold', async () => {
    const broken = join(folder, 'broken.fsl');
    const bytes = readFileSync(join(bundle, 'chain.fsl'));
    bytes[bytes.length - 20]! ^= 1;
    writeFileSync(broken, bytes);
    expect(await ask('verify', model, '--chain', broken)).toMatchObject({ status: 1, answer: { verified: false, rule: expect.any(String) as string } });
  });
});

describe('a coordinator, by its address', () => {
  /** A server between the two that changes what one address answers. */
  let between: Server;
  let change: (path: string, bytes: Buffer) => Buffer | undefined = (_, bytes) => bytes;
  const address = () => `http://127.0.0.1:${(between.address() as AddressInfo).port}`;

  beforeAll(async () => {
    between = createServer((request, response) => {
      void fetch(federation.url + request.url!).then(async (upstream) => {
        const bytes = change(request.url!, Buffer.from(await upstream.arrayBuffer()));
        response.writeHead(bytes === undefined ? 404 : upstream.status).end(bytes);
      });
    });
    await new Promise<void>((resolve) => between.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => void between?.close());

  it('verifies as it streams by, to its signed checkpoint', async () => {
    const { status, answer } = await ask('verify', federation.url);
    expect(answer).toMatchObject({ verified: true, target: 'url', checkpoint: { size: expect.any(Number) as number }, tiles: 2 });
    expect(status).toBe(0);
    const { head } = answer['chain'] as { head: unknown };
    expect((await verifyExport(await openExport(bundle))).report.head).toEqual(head);
  });

  const flip = (bytes: Buffer, offset: number) => {
    bytes[offset]! ^= 1;
    return bytes;
  };
  it.each<[string, string, (bytes: Buffer) => Buffer | undefined, RegExp]>([
    ['a leaf', '/tile/entries/', (bytes) => flip(bytes, 900), /./],
    ['a tile of hashes', '/tile/0/', (bytes) => flip(bytes, 40), /^tile\.bytes$/],
    ['a tile that is not shown', '/tile/0/', () => undefined, /^tile\.missing$/],
    ['leaves that are not shown', '/tile/entries/', () => undefined, /^tile\.missing$/],
    ['a header', '/v1/headers', (bytes) => flip(bytes, 176 + 60), /^header\./],
    ['the last header held back', '/v1/headers', (bytes) => bytes.subarray(0, -176), /^checkpoint\.block$/],
    ['the checkpoint’s signature', '/checkpoint', (bytes) => flip(bytes, bytes.length - 10), /^(note|bytes)\./],
    ['a longer answer than there can be', '/checkpoint', () => Buffer.alloc(2 ** 21, 'a'), /^url\.too-long$/],
  ])('is refused for %s', async (_, path, how, rule) => {
    change = (asked, bytes) => (asked.startsWith(path) ? how(bytes) : bytes);
    const error = await refusal(new RemoteChain(new HttpReader(address())).verify());
    expect(error?.rule).toMatch(rule);
  });

  it('has a status for each ending', async () => {
    change = (path, bytes) => (path.startsWith('/tile/0/') ? flip(bytes, 0) : bytes);
    expect(await ask('verify', address())).toMatchObject({ status: 1, answer: { verified: false, rule: 'tile.bytes' } });
    change = () => undefined;
    expect(await ask('verify', address())).toMatchObject({ status: 3, answer: { error: { code: 'url.no-checkpoint' } } });
    expect(await ask('verify', 'http://127.0.0.1:1')).toMatchObject({ status: 3, answer: { error: { code: 'url.unreachable' } } });
    expect(await ask('verify', join(folder, 'nowhere'))).toMatchObject({ status: 3, answer: { error: { code: 'export.missing' } } });
    const neither = join(folder, 'neither.bin');
    writeFileSync(neither, 'neither');
    expect(await ask('verify', neither)).toMatchObject({ status: 2, answer: { error: { code: 'verify.unknown' } } });
    expect((await fedseal('verify')).status).toBe(2);
    const { stdout } = await fedseal('verify', '--help');
    for (const line of ['0  verified', '1  refused', '2  wrong usage', '3  it, or the chain', '4  the chain holds']) expect(stdout).toContain(line);
  });
});

/** The same tensors as another program might write them: in another order, with metadata. */
function rewrite(bytes: Uint8Array): Buffer {
  const tensors = [...decodeSafetensors(Uint8Array.from(bytes))].reverse();
  let end = 0;
  const entries = tensors.map(({ name, shape, data }) => {
    const begin = end;
    end += data.byteLength;
    return [name, { shape, dtype: 'F32', data_offsets: [begin, end] }] as const;
  });
  const header = Buffer.from(JSON.stringify({ __metadata__: { format: 'pt' }, ...Object.fromEntries(entries) }));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, ...tensors.map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength))]);
}
