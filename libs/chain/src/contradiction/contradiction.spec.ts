import { describe, expect, it } from 'vitest';
import { toBase64url, toHex, utf8 } from '../bytes.js';
import { signCheckpoint } from '../checkpoint/sign-checkpoint.js';
import type { Signer } from '../crypto/crypto.js';
import { nodeCrypto } from '../native/node-crypto.js';
import { memoCrypto } from '../testing/memo-crypto.testing.js';
import { mutations } from '../testing/mutations.testing.js';
import { refusal } from '../testing/refusal.testing.js';
import { testHash, testSigner } from '../testing/test-chain.testing.js';
import { keyIdHex, TestFederation } from '../testing/test-federation.testing.js';
import { decodeContradiction, encodeContradiction } from './contradiction.js';
import type { Contradiction } from './contradiction.js';
import { verifyContradiction } from './verify-contradiction.js';

/** A history; another `word` makes another one with the same charter, keys and shape, valid by itself. */
function history(word: string, surplus = 0): TestFederation {
  const federation = new TestFederation();
  const alice = federation.enrol('alice');
  for (let block = 0; block < 4; block++) {
    for (let i = 0; i < 3 + (block === 1 ? surplus : 0); i++) {
      federation.add('annotate', { author: keyIdHex(alice), subject: testHash('s'), text: `${word} ${block} ${i}` }, [alice]);
    }
    federation.seal();
  }
  return federation;
}

const [told, kept] = [history('what is told now'), history('what was told before')];
const [size] = [kept.decodedHeaders[2]!.treeSize];
const sign = (federation: TestFederation, at: number, signer: Signer = federation.operator) =>
  signCheckpoint({ origin: 'fedseal.test/federation', size: at, root: federation.tree.rootAt(at) }, signer, nodeCrypto);
const base = {
  fedseal: 'contradiction/v1' as const, chain: kept.chainId, charter: toBase64url(kept.leaves[0]!), rotations: [], earlier: sign(kept, size),
};
const proofs: Record<string, Contradiction> = {
  size: { ...base, later: sign(told, size), evidence: { kind: 'size' } },
  link: {
    ...base, later: sign(told, told.tree.size),
    evidence: { kind: 'link', link: { leaf: toBase64url(told.leaves[size]!), index: size, inclusion: told.tree.inclusionProof(size, told.tree.size).map(toHex) } },
  },
  prefix: {
    ...base, later: sign(told, told.tree.size),
    evidence: { kind: 'prefix', root: toHex(told.tree.rootAt(size)), consistency: told.tree.consistencyProof(size, told.tree.size).map(toHex) },
  },
};

describe.each(Object.entries(proofs))('a contradiction by %s', (_, proof) => {
  const crypto = memoCrypto();

  it('shows two histories that one operator signed', () => {
    expect(verifyContradiction(decodeContradiction(encodeContradiction(proof)), nodeCrypto)).toEqual({
      chainId: kept.chainId, name: 'Test federation', origin: 'fedseal.test/federation', size,
      signers: [keyIdHex(kept.operator), keyIdHex(kept.operator)],
      roots: [toHex(kept.tree.rootAt(size)), toHex(told.tree.rootAt(size))], laterSize: proof.evidence.kind === 'size' ? size : told.tree.size,
    });
  });

  it('fails with any change', () => {
    for (const { path, value } of mutations(proof)) {
      expect(refusal(() => verifyContradiction(value, crypto)).rule, path).toMatch(/^contradiction\./);
    }
  });

  it('needs both signatures of the operator that the charter names', () => {
    const stranger = testSigner('stranger');
    expect(refusal(() => verifyContradiction({ ...proof, earlier: sign(kept, size, stranger) }, nodeCrypto)).rule).toBe('contradiction.earlier');
    const at = proof.evidence.kind === 'size' ? size : told.tree.size;
    expect(refusal(() => verifyContradiction({ ...proof, later: sign(told, at, stranger) }, nodeCrypto)).rule).toBe('contradiction.later');
  });
});

describe('no contradiction', () => {
  it('is made of two checkpoints that agree', () => {
    const honest: Contradiction[] = [
      { ...proofs['size']!, later: sign(kept, size) },
      {
        ...base, later: sign(kept, kept.tree.size),
        evidence: { kind: 'link', link: { leaf: toBase64url(kept.leaves[size]!), index: size, inclusion: kept.tree.inclusionProof(size, kept.tree.size).map(toHex) } },
      },
      { ...base, later: sign(kept, kept.tree.size), evidence: { kind: 'prefix', root: toHex(kept.tree.rootAt(size)), consistency: kept.tree.consistencyProof(size, kept.tree.size).map(toHex) } },
      // Invented evidence about an honest history.
      { ...base, later: sign(kept, kept.tree.size), evidence: { kind: 'prefix', root: testHash('x'), consistency: kept.tree.consistencyProof(size, kept.tree.size).map(toHex) } },
      { ...base, later: sign(kept, kept.tree.size), evidence: proofs['link']!.evidence },
      { ...base, later: sign(kept, kept.tree.size), evidence: { kind: 'size' } },
    ];
    for (const proof of honest) expect(refusal(() => verifyContradiction(proof, nodeCrypto)).rule).toBe('contradiction.evidence');
  });

  it('lies in a checkpoint in the middle of a block, though a link cannot show it', () => {
    const other = history('other', 1);
    const at = kept.decodedHeaders[3]!.treeSize;
    const proof: Contradiction = {
      ...base, earlier: sign(kept, at), later: sign(other, other.tree.size),
      evidence: { kind: 'prefix', root: toHex(other.tree.rootAt(at)), consistency: other.tree.consistencyProof(at, other.tree.size).map(toHex) },
    };
    expect(verifyContradiction(proof, nodeCrypto).size).toBe(at);
    const link = { leaf: toBase64url(other.leaves[at]!), index: at, inclusion: other.tree.inclusionProof(at, other.tree.size).map(toHex) };
    expect(refusal(() => verifyContradiction({ ...proof, evidence: { kind: 'link', link } }, nodeCrypto)).rule).toBe('contradiction.evidence');
  });
});

it('a contradiction follows the operator through its rotations, and no further than needed', () => {
  const [second, third] = [testSigner('operator 2'), testSigner('operator 3')];
  const rotation = (from: Signer, to: Signer) => toBase64url(kept.sign('operator.rotate', { key: toHex(to.publicKey) }, [from, to]));
  const rotations = [rotation(kept.operator, second), rotation(second, third)];
  const proof = { ...proofs['link']!, later: sign(told, told.tree.size, third), rotations };
  expect(verifyContradiction(proof, nodeCrypto).signers).toEqual([keyIdHex(kept.operator), keyIdHex(third)]);
  expect(refusal(() => verifyContradiction({ ...proof, rotations: rotations.slice(0, 1) }, nodeCrypto)).rule).toBe('contradiction.later');
  expect(refusal(() => verifyContradiction({ ...proof, rotations: rotations.toReversed() }, nodeCrypto)).rule).toBe('contradiction.rotations');
  expect(refusal(() => verifyContradiction({ ...proofs['link']!, rotations }, nodeCrypto)).rule).toBe('contradiction.rotations');
  expect(refusal(() => decodeContradiction(utf8('{}'))).rule).toBe('contradiction.format');
});
