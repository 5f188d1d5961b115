import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromBase64url, toBase64url, toHex, utf8 } from '../bytes.js';
import { ChainError } from '../chain-error.js';
import { nobleCrypto } from '../crypto/noble-crypto.js';
import { nodeCrypto } from '../native/node-crypto.js';
import { memoCrypto } from '../testing/memo-crypto.testing.js';
import { mutations } from '../testing/mutations.testing.js';
import { leafIndex, receiptSource } from '../testing/receipt-source.testing.js';
import { refusal, refusalOf } from '../testing/refusal.testing.js';
import { testSigner } from '../testing/test-chain.testing.js';
import { buildSmallChain, keyIdHex, TestFederation } from '../testing/test-federation.testing.js';
import { buildReceipt } from './build-receipt.js';
import { decodeReceipt, encodeReceipt } from './receipt.js';
import type { Receipt } from './receipt.js';
import { verifyReceipt } from './verify-receipt.js';

const chain = buildSmallChain({ rounds: 3 });
const source = receiptSource(chain);
const commit = leafIndex(chain, 'update.commit', 2);

describe('receipts', () => {
  it('hold for every leaf of a chain, in both implementations of the primitives', async () => {
    for (const index of chain.leaves.keys()) {
      const receipt = await buildReceipt(source, index);
      const report = verifyReceipt(receipt, nodeCrypto);
      expect(report.chainId).toBe(chain.chainId);
      expect(report.leaf.index).toBe(index);
      expect(report.status).toBe(index < chain.decodedHeaders.at(-2)!.treeSize ? 'sealed' : 'sealed, unlinked');
      expect(decodeReceipt(encodeReceipt(receipt))).toEqual(receipt);
    }
    expect(verifyReceipt(await buildReceipt(source, commit), nobleCrypto)).toEqual(verifyReceipt(await buildReceipt(source, commit), nodeCrypto));
  }, 120_000);

  it('say who signed what, when it was sealed, and what they cannot show', async () => {
    const report = verifyReceipt(await buildReceipt(source, commit), nodeCrypto);
    expect(report).toMatchObject({
      name: 'Test federation', origin: 'fedseal.test/federation', status: 'sealed',
      leaf: { index: commit, kind: 'update.commit' }, signers: [{ name: 'bob', role: 'contributor' }],
      block: { height: 3, timestampMs: chain.decodedHeaders[3]?.timestampMs },
      checkpoint: { size: chain.tree.size, root: toHex(chain.tree.root()) },
      artifacts: [{ role: 'base-model' }, { role: 'update' }],
    });
    expect(report.limits.join(' ')).toContain('revoked');
    const tip = verifyReceipt(await buildReceipt(source, chain.leaves.length - 1), nodeCrypto);
    expect(tip.limits.join(' ')).toContain('not yet this header');
  });

  it('may be asked of an older checkpoint, and not before the block is there', async () => {
    const older = receiptSource(chain, { height: 3 });
    expect(verifyReceipt(await buildReceipt(older, commit), nodeCrypto).status).toBe('sealed, unlinked');
    expect((await refusalOf(buildReceipt(receiptSource(chain, { height: 2 }), commit))).rule).toBe('receipt.unsealed');
    expect((await refusalOf(buildReceipt(source, chain.leaves.length))).rule).toBe('receipt.unsealed');
  });
});

describe('keys that changed', () => {
  const federation = new TestFederation();
  const [alice, bob] = [federation.enrol('alice'), federation.enrol('bob')];
  const [next, later] = [testSigner('alice 2'), testSigner('alice 3')];
  const node = testSigner('node');
  const note = (author: string, text: string) => ({ author, subject: federation.chainId, text });
  federation.add('node.add', { key: toHex(node.publicKey), role: 'witness', address: 'w' });
  federation.seal();
  federation.add('contributor.rotate', { contributor: keyIdHex(alice), key: toHex(next.publicKey) }, [alice, next]);
  federation.add('contributor.rotate', { contributor: keyIdHex(next), key: toHex(later.publicKey) }, [next, later]);
  federation.add('annotate', note(keyIdHex(federation.operator), 'by the first operator'));
  const operator2 = testSigner('operator 2');
  federation.add('operator.rotate', { key: toHex(operator2.publicKey) }, [federation.operator, operator2]);
  federation.seal();
  federation.add('annotate', note(keyIdHex(later), 'by a key that was rotated to'), [later]);
  federation.add('annotate', note(keyIdHex(node), 'by a node'), [node]);
  federation.add('annotate', note(keyIdHex(operator2), 'by the second operator'), [operator2]);
  federation.add('contributor.revoke', { contributor: keyIdHex(bob), reason: 'left' }, [bob]);
  federation.add('contributor.revoke', { contributor: keyIdHex(later), reason: 'left' }, [operator2]);
  federation.seal();
  federation.seal();
  const rotated = receiptSource(federation, { operator: operator2 });

  it('are followed from the charter and the enrolments, for leaves before and after', async () => {
    for (const index of federation.leaves.keys()) verifyReceipt(await buildReceipt(rotated, index), nodeCrypto);
    const { signers } = verifyReceipt(await buildReceipt(rotated, leafIndex(federation, 'annotate', 1)), nodeCrypto);
    expect(signers).toMatchObject([{ keyId: keyIdHex(later), name: 'alice', role: 'contributor' }]);
    expect(verifyReceipt(await buildReceipt(rotated, leafIndex(federation, 'annotate', 2)), nodeCrypto).signers).toMatchObject([{ role: 'witness' }]);
  });

  it('cannot be left out, put in or reordered', async () => {
    const receipt = await buildReceipt(rotated, leafIndex(federation, 'annotate', 1));
    const { enrolment } = receipt;
    expect(enrolment).toHaveLength(4);
    for (const i of enrolment.keys()) {
      expect(refusal(() => verifyReceipt({ ...receipt, enrolment: enrolment.toSpliced(i, 1) }, nodeCrypto)).rule).toMatch(/^receipt\.(enrolment|signature|checkpoint)$/);
    }
    const surplus = (await buildReceipt(rotated, leafIndex(federation, 'annotate', 2))).enrolment[0];
    expect(refusal(() => verifyReceipt({ ...receipt, enrolment: [...enrolment, surplus].sort((a, b) => a!.index - b!.index) }, nodeCrypto)).rule).toBe('receipt.enrolment');
    expect(refusal(() => verifyReceipt({ ...receipt, enrolment: enrolment.toReversed() }, nodeCrypto)).rule).toBe('receipt.enrolment');
    expect(refusal(() => verifyReceipt({ ...receipt, enrolment: [...enrolment, enrolment.at(-1)] }, nodeCrypto)).rule).toBe('receipt.enrolment');
  });

  it('do not let the old operator sign checkpoints of the tree that replaced it', async () => {
    const stale = receiptSource(federation);
    expect(refusal(() => verifyReceipt({}, nodeCrypto)).rule).toBe('receipt.format');
    const receipt = await buildReceipt(stale, leafIndex(federation, 'annotate', 1));
    expect(refusal(() => verifyReceipt(receipt, nodeCrypto)).rule).toBe('receipt.checkpoint');
  });
});

describe('a receipt that was changed', () => {
  const crypto = memoCrypto();

  it('fails whatever field it is in', async () => {
    for (const index of [0, commit, leafIndex(chain, 'round.close'), chain.leaves.length - 1]) {
      const receipt = await buildReceipt(source, index);
      verifyReceipt(receipt, crypto);
      for (const { path, value } of mutations(receipt)) {
        expect(refusal(() => verifyReceipt(value, crypto)).rule, `${index} ${path}`).toMatch(/^(receipt|bytes)\./);
      }
    }
  }, 120_000);

  it('fails for any bit of its leaf, header, charter and proofs', async () => {
    const receipt = await buildReceipt(source, commit);
    const flip64 = (text: string, at: number) => {
      const bytes = fromBase64url(text);
      bytes[(at >> 3) % bytes.length]! ^= 1 << (at & 7);
      return toBase64url(bytes);
    };
    fc.assert(fc.property(fc.nat(), fc.constantFrom<'leaf' | 'charter' | 'enrolment' | 'link'>('leaf', 'charter', 'enrolment', 'link'), (at, field) => {
      const changed: Receipt = structuredClone(receipt);
      if (field === 'enrolment') changed.enrolment[0]!.leaf = flip64(receipt.enrolment[0]!.leaf, at);
      else if (field === 'link') changed.link!.leaf = flip64(receipt.link!.leaf, at);
      else changed[field] = flip64(receipt[field], at);
      expect(() => verifyReceipt(changed, crypto)).toThrow(ChainError);
    }), { numRuns: 300 });
  });

  it('fails when it is put together from two true ones', async () => {
    const [one, two] = [await buildReceipt(source, commit), await buildReceipt(source, leafIndex(chain, 'round.close', 1))];
    for (const field of ['leaf', 'index', 'inclusion', 'block', 'enrolment', 'consistency', 'link', 'artifacts'] as const) {
      expect(() => verifyReceipt({ ...one, [field]: two[field] }, crypto), field).toThrow(ChainError);
    }
  });

  it('cannot be moved to another federation', async () => {
    const other = new TestFederation({ charter: { name: 'Another' } });
    other.enrol('x');
    other.seal();
    const foreign = await buildReceipt(receiptSource(other), 2);
    const receipt = await buildReceipt(source, commit);
    for (const field of ['chain', 'charter', 'checkpoint'] as const) {
      expect(() => verifyReceipt({ ...receipt, [field]: foreign[field] }, crypto), field).toThrow(ChainError);
    }
    expect(refusal(() => verifyReceipt({ ...receipt, chain: foreign.chain, charter: foreign.charter }, crypto)).rule).toBe('receipt.block');
  });

  it('is read from canonical JSON only', async () => {
    const text = new TextDecoder().decode(encodeReceipt(await buildReceipt(source, commit)));
    expect(refusal(() => decodeReceipt(utf8(`${text}\n`))).rule).toBe('json.canonical');
    expect(refusal(() => decodeReceipt(utf8(text.replace('{', '{"also":1,')))).rule).toBe('receipt.format');
    expect(refusal(() => decodeReceipt(utf8(text.replace('receipt/v1', 'receipt/v2')))).rule).toBe('receipt.format');
  });
});
