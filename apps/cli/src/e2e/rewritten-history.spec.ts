import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromHex, toHex } from '@fedseal/chain/bytes';
import { decodeChainFile, encodeChainFile } from '@fedseal/chain/file/chain-file';
import { decodeHeader } from '@fedseal/chain/header/header';
import { signLeaf } from '@fedseal/chain/leaf/sign-leaf';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import { createSigner } from '@fedseal/chain/native/node-signer';
import { verifyChain } from '@fedseal/chain/verify/verify-chain';
import type { Child } from '../processes/child.js';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { fedseal } from './fedseal.testing.js';
import { rewriteHistory, storeHistory } from './rewrite-history.testing.js';
import { TestFederation } from './test-federation.testing.js';

interface Federation {
  readonly head: { readonly height: number; readonly blockHash: string; readonly treeSize: number };
  readonly counts: { readonly waiting: number };
}

const NAMES = ['evaluator', 'clinic-1', 'clinic-2', 'clinic-3'] as const;

describe('an operator who rewrites history', () => {
  let federation: TestFederation;
  let folder: string;
  const workers = new Map<string, Child>();
  const homeOf = (name: string) => join(federation.home, 'workers', name);
  const filesIn = (name: string, kept: string) => {
    const path = join(homeOf(name), kept);
    return existsSync(path) ? readdirSync(path) : [];
  };
  /** It holds this tree signed, and a final receipt of all that was promised to it. */
  const settled = (name: string, treeSize: number) =>
    filesIn(name, 'checkpoints').some((file) => Number.parseInt(file, 10) >= treeSize) && !filesIn(name, 'promises').some((file) => file.endsWith('.leaf'));
  const newest = async () => (await (await federation.api).get<Federation>('/v1/federation')).head;
  const answers = async (...args: string[]) => {
    const { status, stdout, stderr } = await fedseal(...args, '--format', 'json');
    return { status, stderr, answer: JSON.parse(stdout || '{}') as Record<string, unknown> };
  };
  /** Sealed by a block that others follow: no longer the tip. */
  const buried = (treeSize: number) => vi.waitUntil(async () => (await newest()).treeSize > treeSize, { timeout: 30_000, interval: 100 });

  beforeAll(async () => {
    federation = await TestFederation.create();
    folder = mkdtempSync(join(tmpdir(), 'fedseal-rewritten-'));
    await federation.startCoordinator();
    workers.set('evaluator', await federation.startWorker('evaluator', 'evaluator'));
    for (const name of ['clinic-1', 'clinic-2']) workers.set(name, await federation.startWorker(name, 'contributor'));
    await federation.createRun({ name: 'told' });
    await federation.ended('told');
    // Whoever joins brings the next block: the one to be rewritten is not the newest.
    const { treeSize } = await newest();
    workers.set('clinic-3', await federation.startWorker('clinic-3', 'contributor'));
    await buried(treeSize);
    // A restart that is nothing but a restart: everybody comes back, looks, and stays.
    await federation.stopCoordinator();
    await federation.startCoordinator();
    const head = await newest();
    for (const name of NAMES) await vi.waitUntil(() => settled(name, head.treeSize), { timeout: 60_000, interval: 100 });
    for (const worker of workers.values()) expect(worker.running).toBe(true);
    // Nothing waits that would be sealed after the restart.
    await vi.waitUntil(async () => (await (await federation.api).get<Federation>('/v1/federation')).counts.waiting === 0, { timeout: 30_000, interval: 100 });
    await federation.stopWorker('clinic-2');
    await federation.stopCoordinator();
  }, 180_000);

  afterAll(async () => {
    await federation?.close();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  it('is refused by every worker, with a proof that anybody can check, although the history is valid by itself', async () => {
    // The run's end is told differently: everything that contributors signed stays, since none of it saw that block.
    const before = join(folder, 'before');
    expect((await federation.export(before)).status).toBe(0);
    const known = decodeChainFile(readFileSync(join(before, 'chain.fsl')));
    const operator = createSigner(fromHex(readFileSync(join(federation.home, 'operator.key'), 'utf8').trim()));
    const rewritten = await rewriteHistory(known, (leaf) => (leaf.kind === 'run.end'
      ? signLeaf('run.end', { ...leaf.payload, outcome: 'stopped', reason: 'never-finished' }, [operator])
      : undefined));
    expect(rewritten.from).toBeLessThan(known.headers.length - 1);
    expect(rewritten.headers.length).toBe(known.headers.length);
    await storeHistory(federation.home, rewritten);
    await federation.startCoordinator();

    // Nobody who sees it for the first time could tell.
    const after = join(folder, 'after');
    expect((await federation.export(after)).status).toBe(0);
    expect(readFileSync(join(after, 'chain.fsl')).equals(encodeChainFile(rewritten))).toBe(true);
    const report = await verifyChain(rewritten, nodeCrypto);
    expect(report.head).toMatchObject({ height: known.headers.length - 1, treeSize: known.leaves.length });
    expect(report.head.treeRoot).not.toBe(toHex(decodeHeader(known.headers.at(-1)!).treeRoot));
    expect(await fedseal('verify', after)).toMatchObject({ status: 0, stdout: expect.stringContaining('VERIFIED') as string });
    expect(await newest()).toMatchObject({ blockHash: report.head.blockHash });
    await federation.startWorker('newcomer', 'contributor');
    await buried(known.leaves.length);

    // Three come back by themselves; one was away and is started again.
    workers.set('clinic-2', await federation.startWorker('clinic-2', 'contributor'));
    for (const name of NAMES) {
      expect(await workers.get(name)!.exited, name).toEqual({ code: 3, signal: null });
      const files = filesIn(name, 'evidence');
      expect(files, name).toEqual([expect.stringMatching(/^contradiction-\d+\.json$/)]);
      const file = join(homeOf(name), 'evidence', files[0]!);
      await expect.poll(() => workers.get(name)!.logTail(5), { message: name }).toContain(file);
      expect(await answers('receipt', 'verify', file), name).toMatchObject({
        status: 0, answer: { verified: true, target: 'contradiction', chain: { chainId: report.chainId } },
      });
    }
    const [file] = filesIn('clinic-2', 'evidence');
    const proof = join(homeOf('clinic-2'), 'evidence', file!);
    expect((await fedseal('verify', proof)).stdout).toContain('the operator signed two histories');
    const forged = join(folder, 'forged.json');
    writeFileSync(forged, readFileSync(proof, 'utf8').replace(/"earlier":"(.{80})./s, '"earlier":"$1x'));
    expect(await fedseal('receipt', 'verify', forged)).toMatchObject({ status: 1, stdout: expect.stringContaining('DOES NOT VERIFY') as string });
    expect((await fedseal('receipt', 'list', '--home', federation.home)).stdout).toContain('EVIDENCE of another history');
  }, 180_000);

  it('has given every contributor its promises and receipts, which are listed and checked without it', async () => {
    const { status, answer } = await answers('receipt', 'list', '--home', federation.home);
    expect(status).toBe(0);
    const rows = answer['receipts'] as { worker: string; run: string; round: number; state: string; leaf: number; file: string }[];
    expect(rows.map(({ worker, run, round, state }) => `${worker} ${run}/${round} ${state}`)).toEqual(
      ['clinic-1', 'clinic-2'].flatMap((name) => [`${name} told/1 sealed`, `${name} told/2 sealed`]),
    );
    const [row] = rows;
    expect(await answers('receipt', 'show', String(row!.leaf), '--home', homeOf('clinic-1'))).toMatchObject({
      status: 0, answer: { verified: true, file: row!.file, kind: 'update.commit', says: { run: 'told', round: 1 } },
    });
    const promise = join(homeOf('clinic-1'), 'promises', 'told.1.1.json');
    expect(await answers('receipt', 'verify', promise)).toMatchObject({ status: 0, answer: { verified: true, target: 'promise' } });
    const copy = join(folder, 'promise.json');
    writeFileSync(copy, readFileSync(promise));
    expect(await fedseal('receipt', 'verify', copy)).toMatchObject({ status: 2, stderr: expect.stringContaining('--with') as string });
    expect((await fedseal('receipt', 'verify', copy, '--with', row!.file)).stdout).toContain('VERIFIED');
    const text = await fedseal('receipt', 'list', '--home', homeOf('clinic-2'));
    expect(text.stdout).toContain('told.2.1.json');
  });
});
