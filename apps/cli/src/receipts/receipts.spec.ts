import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toBase64url, toHex } from '@fedseal/chain/bytes';
import { encodeConflict } from '@fedseal/chain/conflict/conflict';
import { leafHash } from '@fedseal/chain/leaf/leaf-hash';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import { encodePromise, signPromise } from '@fedseal/chain/promise/promise';
import { buildReceipt } from '@fedseal/chain/receipt/build-receipt';
import { encodeReceipt } from '@fedseal/chain/receipt/receipt';
import { leafIndex, receiptSource } from '@fedseal/chain/testing/receipt-source.testing';
import { testSigner } from '@fedseal/chain/testing/test-chain.testing';
import { buildSmallChain } from '@fedseal/chain/testing/test-federation.testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyEvidence } from '../verify/verify-evidence.js';
import { describeRows, listAccusations, listReceipts } from './list-receipts.js';
import { findReceipt } from './show-receipt.js';
import { isPromise, verifyPromiseFile } from './verify-promise-file.js';
import { findWorkerHomes } from './worker-homes.js';

const chain = buildSmallChain({ rounds: 2 });
const { operator, chainId } = chain;
const commit = leafIndex(chain, 'update.commit', 1);
let federation: string;
let home: string;

const put = (folder: string, name: string, bytes: Uint8Array) => writeFileSync(join(home, folder, name), bytes);
const promise = (signer = operator) => encodePromise(signPromise({
  chain: chainId, leafHash: toHex(leafHash(nodeCrypto, chain.leaves[commit]!)), height: 4, notAfterMs: 2, issuedAtMs: 1,
}, signer));
const receipt = async (index: number, height = chain.headers.length - 1) => encodeReceipt(await buildReceipt(receiptSource(chain, { height }), index));

beforeAll(async () => {
  federation = mkdtempSync(join(tmpdir(), 'fedseal-receipts-'));
  home = join(federation, 'workers', 'clinic-1');
  for (const name of ['promises', 'receipts', 'evidence']) mkdirSync(join(home, name), { recursive: true });
  mkdirSync(join(federation, 'workers', 'not-a-home'));
  writeFileSync(join(home, 'worker.json'), JSON.stringify({ name: 'General Hospital' }));
  writeFileSync(join(home, 'federation.json'), await receipt(0));
  for (const round of [1, 2, 10, 11]) put('promises', `digits.${round}.1.json`, promise());
  put('receipts', 'digits.1.1.json', await receipt(commit));
  put('receipts', 'digits.2.1.json', await receipt(chain.leaves.length - 1));
  const forged = Uint8Array.from(await receipt(commit));
  forged[forged.length >> 1]! ^= 1;
  put('receipts', 'digits.10.1.json', forged);
  put('evidence', 'omission-digits.11.1.json', new Uint8Array());
  put('evidence', 'conflict-4.json', encodeConflict({
    fedseal: 'conflict/v1', chain: chainId, charter: toBase64url(chain.leaves[0]!), rotations: [], kept: chain.head(),
    checkpoints: [(await receiptSource(chain).checkpoint()).note], header: null, observed: 'Another history.',
  }));
});
afterAll(() => rmSync(federation, { recursive: true, force: true }));

describe('what workers keep', () => {
  it('is found in a worker\'s home and in a federation\'s folder', async () => {
    const expected = [{ name: 'General Hospital', folder: home }];
    expect(await findWorkerHomes(home)).toEqual(expected);
    expect(await findWorkerHomes(federation)).toEqual(expected);
    await expect(findWorkerHomes(join(home, 'receipts'))).rejects.toMatchObject({ code: 'receipts.none', exitStatus: 2 });
  });

  it('is listed round by round, each receipt verified', async () => {
    const [worker] = await findWorkerHomes(home);
    const rows = await listReceipts(worker!);
    expect(rows.map(({ round, state, leaf, promisedBy, omission }) => ({ round, state, leaf, promisedBy, broken: omission !== null }))).toEqual([
      { round: 1, state: 'sealed', leaf: commit, promisedBy: 4, broken: false },
      { round: 2, state: 'sealed, unlinked', leaf: chain.leaves.length - 1, promisedBy: 4, broken: false },
      { round: 10, state: 'refused', leaf: null, promisedBy: 4, broken: false },
      { round: 11, state: 'promised', leaf: null, promisedBy: 4, broken: true },
    ]);
    const text = describeRows(rows).join('\n');
    expect(text).toContain('DOES NOT VERIFY');
    expect(text).toContain('promised by block 4; PROMISE BROKEN');
    expect(await listAccusations(worker!)).toEqual([join(home, 'evidence', 'conflict-4.json')]);
  });

  it('is found by the index of the leaf', async () => {
    const workers = await findWorkerHomes(federation);
    expect(await findReceipt(commit, workers)).toBe(join(home, 'receipts', 'digits.1.1.json'));
    expect(await findReceipt(0, workers)).toBe(join(home, 'federation.json'));
    await expect(findReceipt(commit + 1, workers)).rejects.toMatchObject({ code: 'receipts.unknown' });
  });
});

describe('a promise', () => {
  const file = () => join(home, 'promises', 'digits.1.1.json');
  const verify = (bytes: Uint8Array, from = {}, path = file()) => verifyPromiseFile(path, bytes, from);

  it('is told from other evidence', async () => {
    expect(isPromise(promise())).toBe(true);
    for (const other of [await receipt(0), readFileSync(join(home, 'evidence', 'conflict-4.json')), new Uint8Array([1, 2])]) expect(isPromise(other)).toBe(false);
  });

  it('is checked with the key of the home, of a receipt, or given', async () => {
    const key = toHex(operator.keyId);
    expect(await verify(promise())).toMatchObject({ operator: key, name: 'Test federation', promise: { height: 4 } });
    const elsewhere = join(federation, 'promise.json');
    await expect(verify(promise(), {}, elsewhere)).rejects.toMatchObject({ code: 'promise.whose', exitStatus: 2 });
    expect(await verify(promise(), { with: join(home, 'receipts', 'digits.2.1.json') }, elsewhere)).toMatchObject({ operator: key });
    expect(await verify(promise(), { operator: toHex(operator.publicKey) }, elsewhere)).toMatchObject({ operator: key, name: undefined });
  });

  it('does not hold when another key signed it', async () => {
    const forged = promise(testSigner('stranger'));
    await expect(verify(forged)).rejects.toMatchObject({ rule: 'promise.signature' });
    await expect(verify(forged, { operator: toHex(operator.publicKey) })).rejects.toMatchObject({ rule: 'promise.signature' });
    await expect(verify(forged, { operator: 'short' })).rejects.toMatchObject({ code: 'usage.operator' });
  });
});

it('a conflict says that it proves nothing against the operator', () => {
  const { target, facts, lines } = verifyEvidence(readFileSync(join(home, 'evidence', 'conflict-4.json')));
  expect(target).toBe('conflict');
  expect(facts).toMatchObject({ proven: false, keptIsSigned: true });
  expect(lines.join('\n')).toContain('no proof against the operator');
});
