import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { utf8 } from '@fedseal/chain/bytes';
import { decodePromise, encodePromise, type SignedPromise } from '@fedseal/chain/promise/promise';
import { decodeReceipt } from '@fedseal/chain/receipt/receipt';
import { roundKeyText, type RoundKey } from '../home/round-key.js';
import { writeAtomically } from '../home/write-atomically.js';
import { WorkerError } from '../worker-error.js';

/** A promise whose leaf has no final receipt yet. */
export interface OpenPromise {
  readonly key: RoundKey;
  readonly signed: SignedPromise;
  /** The promised leaf itself. */
  readonly leaf: Uint8Array;
  /** Where a receipt is kept that was made while the leaf's block was the newest: its index. */
  readonly unlinkedAt: number | undefined;
  /** That the promise was broken is on file. */
  readonly accused: boolean;
}

/** The operator's newest signed trees that are kept: enough that a shorter history than the last one still meets one of them. */
const CHECKPOINTS_MOST = 64;
const FOLDERS = ['promises', 'receipts', 'checkpoints', 'evidence'] as const;

/**
 * What this worker holds against the day that somebody asks, beside its key:
 * `federation.json`, the charter's receipt; `promises/<run>.<round>.<attempt>.json`, with the leaf itself as `.leaf` until it has its
 * final receipt; `receipts/…json`; `checkpoints/<size>.txt`; and `evidence/`, what is wrong.
 */
export class EvidenceFiles {
  private constructor(private readonly folder: string) {}

  static async open(folder: string): Promise<EvidenceFiles> {
    for (const name of FOLDERS) {
      await mkdir(join(folder, name), { recursive: true, mode: 0o700 });
      // What a crash left half written.
      for (const file of await readdir(join(folder, name))) if (file.endsWith('.tmp')) await rm(join(folder, name, file), { force: true });
    }
    return new EvidenceFiles(folder);
  }

  /**
   * The leaf is written last: what is listed as open is whole. A promise that is on file stands; a later one may promise less.
   * @returns whether the promise is news
   */
  async keepPromise(key: RoundKey, signed: SignedPromise, leaf: Uint8Array): Promise<boolean> {
    const name = roundKeyText(key);
    const path = this.path('promises', `${name}.json`);
    const known = await readOptional(path);
    if (!known) await writeAtomically(path, encodePromise(signed));
    const settled = await readOptional(this.path('receipts', `${name}.json`));
    if (!settled) await writeAtomically(this.path('promises', `${name}.leaf`), leaf);
    return !known;
  }

  /** @throws WorkerError `home.corrupt` */
  async openPromises(): Promise<OpenPromise[]> {
    const names = (await readdir(join(this.folder, 'promises'))).filter((name) => name.endsWith('.leaf'));
    return Promise.all(names.sort().map((name) => this.readOpen(name.slice(0, -'.leaf'.length))));
  }

  /** @returns the file */
  async keepReceipt(key: RoundKey, bytes: Uint8Array): Promise<string> {
    return this.write('receipts', `${roundKeyText(key)}.json`, bytes);
  }

  /** The leaf is in its receipt now; the promise stays. */
  async close(key: RoundKey): Promise<void> {
    await rm(this.path('promises', `${roundKeyText(key)}.leaf`), { force: true });
  }

  async keepCheckpoint(size: number, note: string): Promise<void> {
    await this.write('checkpoints', `${size}.txt`, utf8(note));
    const surplus = (await this.checkpointSizes()).slice(0, -CHECKPOINTS_MOST);
    for (const old of surplus) await rm(this.path('checkpoints', `${old}.txt`), { force: true });
  }

  /** Signed notes, smallest tree first. */
  async checkpoints(): Promise<{ readonly size: number; readonly note: string }[]> {
    const sizes = await this.checkpointSizes();
    return Promise.all(sizes.map(async (size) => ({ size, note: await readFile(this.path('checkpoints', `${size}.txt`), 'utf8') })));
  }

  /** The charter's receipt. */
  federation(): Promise<Uint8Array | undefined> {
    return readOptional(join(this.folder, 'federation.json'));
  }

  async keepFederation(bytes: Uint8Array): Promise<void> {
    await writeAtomically(join(this.folder, 'federation.json'), bytes);
  }

  /** @returns the file that `name` is written to */
  accuse(name: string, bytes: Uint8Array): Promise<string> {
    return this.write('evidence', name, bytes);
  }

  private async checkpointSizes(): Promise<number[]> {
    const names = await readdir(join(this.folder, 'checkpoints'));
    return names.flatMap((name) => (/^\d+\.txt$/.test(name) ? [Number.parseInt(name, 10)] : [])).sort((a, b) => a - b);
  }

  private async readOpen(text: string): Promise<OpenPromise> {
    const [run = '', round, attempt] = text.split('.');
    const key = { run, round: Number(round), attempt: Number(attempt) };
    try {
      const signed = decodePromise(await readFile(this.path('promises', `${text}.json`)));
      const leaf = new Uint8Array(await readFile(this.path('promises', `${text}.leaf`)));
      const receipt = await readOptional(this.path('receipts', `${text}.json`));
      const accused = (await readOptional(this.path('evidence', omissionName(key)))) !== undefined;
      return { key, signed, leaf, accused, unlinkedAt: receipt && decodeReceipt(receipt).index };
    } catch (cause) {
      throw new WorkerError('home.corrupt', `The files of the promise ${text} in ${this.folder} are not what this worker wrote; restore them from a backup.`, { cause });
    }
  }

  private async write(folder: (typeof FOLDERS)[number], name: string, bytes: Uint8Array): Promise<string> {
    const path = this.path(folder, name);
    await writeAtomically(path, bytes);
    return path;
  }

  private path(folder: (typeof FOLDERS)[number], name: string): string {
    return join(this.folder, folder, name);
  }
}

export function omissionName(key: RoundKey): string {
  return `omission-${roundKeyText(key)}.json`;
}

async function readOptional(path: string): Promise<Uint8Array | undefined> {
  try {
    return new Uint8Array(await readFile(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
