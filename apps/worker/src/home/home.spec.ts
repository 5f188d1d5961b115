import { appendFile, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryHome } from '../testing/worker-harness.testing.js';
import { loadOrCreateSeed } from './key-file.js';
import { Outbox, type FinishedUpdate } from './outbox.js';
import { UpdateLog } from './update-log.js';
import { WorkerHome } from './worker-home.js';
import { writeAtomically } from './write-atomically.js';

let folder: string;
let remove: () => Promise<void>;

beforeEach(async () => {
  ({ home: folder, remove } = await temporaryHome());
  await mkdir(folder, { recursive: true });
});
afterEach(() => remove());

const counting = (length: number) => Uint8Array.from({ length }, (_, i) => i + 1);

function update(round: number, changes: Partial<FinishedUpdate> = {}): FinishedUpdate {
  const digest = round.toString(16).padStart(64, '0');
  return {
    run: 'demo', round, attempt: 1, base: digest, update: { sha256: digest, tensorRoot: digest, bytes: 3 }, examples: 5, leaf: 'AQ',
    leafHash: digest, finishedAtMs: round, delivered: false, ...changes,
  };
}

describe('the key file', () => {
  it('is made once, whoever starts at the same moment', async () => {
    const path = join(folder, 'worker.key');
    let call = 0;
    const different = (length: number) => new Uint8Array(length).fill(++call);
    const seeds = await Promise.all(Array.from({ length: 8 }, () => loadOrCreateSeed(path, different)));
    expect(new Set(seeds.map((seed) => Buffer.from(seed).toString('hex'))).size).toBe(1);
    expect(await readdir(folder)).toEqual(['worker.key']);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await loadOrCreateSeed(path, different)).toEqual(seeds[0]);
  });

  it('has mode 0600 under any umask', async () => {
    const before = process.umask(0);
    try {
      await loadOrCreateSeed(join(folder, 'worker.key'), counting);
      await writeAtomically(join(folder, 'file'), 'x');
    } finally {
      process.umask(before);
    }
    for (const name of ['worker.key', 'file']) expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
  });
});

describe('the outbox', () => {
  const bytes = Uint8Array.of(1, 2, 3);

  it('keeps updates over a restart, and drops them and their files with the verdict', async () => {
    const outbox = await Outbox.open(folder);
    await outbox.add(update(1), bytes);
    await outbox.markDelivered(update(1));
    const again = await Outbox.open(folder);
    expect(again.list()).toEqual([update(1, { delivered: true })]);
    expect(new Uint8Array(await again.readFile(update(1)))).toEqual(bytes);
    await again.remove(update(1));
    expect(await readdir(folder)).toEqual([]);
    expect((await Outbox.open(folder)).list()).toEqual([]);
  });

  it('keeps one update of a run: a newer one replaces it', async () => {
    const outbox = await Outbox.open(folder);
    await outbox.add(update(1), bytes);
    await outbox.add(update(1, { run: 'other' }), bytes);
    await outbox.add(update(2), bytes);
    expect(outbox.list().map(({ run, round }) => `${run}.${round}`)).toEqual(['other.1', 'demo.2']);
    // The file that two records named is still there for the one that is left.
    expect(new Uint8Array(await outbox.readFile(update(1, { run: 'other' })))).toEqual(bytes);
  });

  it('does not grow for ever with verdicts that never came', async () => {
    const outbox = await Outbox.open(folder);
    for (let i = 1; i <= 20; i++) {
      await outbox.add(update(i, { run: `run-${i}` }), bytes);
      await outbox.markDelivered(update(i, { run: `run-${i}` }));
    }
    expect(outbox.list().length).toBeLessThanOrEqual(9);
    expect(outbox.list().at(-1)?.run).toBe('run-20');
  });

  it('removes what a crash left half written', async () => {
    await writeFile(join(folder, `${'a'.repeat(64)}.safetensors`), 'a file without its record');
    await writeFile(join(folder, 'demo.1.1.json.tmp'), '{"half":');
    expect((await Outbox.open(folder)).list()).toEqual([]);
    expect(await readdir(folder)).toEqual([]);
  });

  it('names a record that was damaged', async () => {
    await writeFile(join(folder, 'demo.1.1.json'), '{}');
    await expect(Outbox.open(folder)).rejects.toMatchObject({ code: 'home.corrupt', message: expect.stringContaining('demo.1.1.json') });
  });
});

describe('the log of own commits', () => {
  it('knows every round it logged, once, after a torn last line too', async () => {
    const path = join(folder, 'updates.jsonl');
    const log = await UpdateLog.open(path);
    await log.append(update(1));
    await log.append(update(1));
    await appendFile(path, '{"run":"demo","rou');
    const again = await UpdateLog.open(path);
    await again.append(update(2));
    const third = await UpdateLog.open(path);
    expect([1, 2, 3].map((round) => third.has(update(round)))).toEqual([true, true, false]);
    expect((await readFile(path, 'utf8')).trim().split('\n')).toHaveLength(2);
  });

  it('learns of an update that a crash kept from it', async () => {
    const outbox = await Outbox.open(join(folder, 'outbox'));
    await outbox.add(update(4), Uint8Array.of(1));
    const home = await WorkerHome.open(folder);
    expect(home.updates.has(update(4))).toBe(true);
  });

  it('names a line that is damaged', async () => {
    const path = join(folder, 'updates.jsonl');
    await writeFile(path, 'nonsense\n');
    await expect(UpdateLog.open(path)).rejects.toMatchObject({ code: 'home.corrupt', message: expect.stringContaining('Line 1') });
  });
});
