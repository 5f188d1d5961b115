import { beforeAll, describe, expect, it } from 'vitest';
import { toBase64url, toHex, utf8 } from '../bytes.js';
import { signCheckpoint } from '../checkpoint/sign-checkpoint.js';
import type { Signer } from '../crypto/crypto.js';
import { leafHash } from '../leaf/leaf-hash.js';
import { nodeCrypto } from '../native/node-crypto.js';
import type { SealPromise } from '../promise/promise.js';
import { signPromise } from '../promise/promise.js';
import { memoCrypto } from '../testing/memo-crypto.testing.js';
import { mutations } from '../testing/mutations.testing.js';
import { refusal } from '../testing/refusal.testing.js';
import { testHash, testSigner } from '../testing/test-chain.testing.js';
import { buildSmallChain, keyIdHex } from '../testing/test-federation.testing.js';
import { decodeOmission, encodeOmission, packLeafHashes } from './omission.js';
import type { Omission } from './omission.js';
import { verifyOmission } from './verify-omission.js';

const chain = buildSmallChain({ rounds: 3 });
const HEIGHT = 4;
const header = chain.decodedHeaders[HEIGHT]!;
const hashes = chain.leaves.map((leaf) => leafHash(nodeCrypto, leaf));
/** Accepted, promised and dropped. */
const dropped = testHash('a leaf that was accepted and never sealed');

function omission(promised: Partial<SealPromise> = {}, { height = HEIGHT, signer = chain.operator }: { height?: number; signer?: Signer } = {}): Omission {
  const size = chain.tree.size;
  return {
    fedseal: 'omission/v1', chain: chain.chainId, charter: toBase64url(chain.leaves[0]!), rotations: [],
    promise: signPromise({ chain: chain.chainId, leafHash: dropped, height: HEIGHT, notAfterMs: header.timestampMs + 60_000, issuedAtMs: header.timestampMs - 500, ...promised }, signer),
    checkpoint: signCheckpoint({ origin: 'fedseal.test/federation', size, root: chain.tree.root() }, signer, nodeCrypto),
    link: toBase64url(chain.leaves[chain.decodedHeaders[height]!.treeSize]!),
    leafHashes: packLeafHashes(hashes),
  };
}

describe('an omission', () => {
  it('shows a leaf that was promised and is nowhere', () => {
    expect(verifyOmission(decodeOmission(encodeOmission(omission())), nodeCrypto)).toMatchObject({
      name: 'Test federation', status: 'omitted', term: 'height', index: undefined, block: { height: HEIGHT, treeSize: header.treeSize }, checkpoint: { size: chain.tree.size },
    });
    // A later block shows it as well; so does one that was found after the promised time, whatever its height.
    expect(verifyOmission(omission({}, { height: HEIGHT + 1 }), nodeCrypto).status).toBe('omitted');
    expect(verifyOmission(omission({ height: 900, notAfterMs: header.timestampMs - 1 }), nodeCrypto).term).toBe('time');
  });

  it('shows a leaf that came too late', () => {
    const late = header.treeSize + 2;
    expect(verifyOmission(omission({ leafHash: toHex(hashes[late]!) }), nodeCrypto)).toMatchObject({ status: 'late', index: late });
  });

  it('is none when the promise was kept, or may still be', () => {
    const rule = (...args: Parameters<typeof omission>) => refusal(() => verifyOmission(omission(...args), nodeCrypto)).rule;
    expect(rule({ leafHash: toHex(hashes[header.treeSize - 1]!) })).toBe('omission.kept');
    expect(rule({ leafHash: toHex(hashes[0]!) })).toBe('omission.kept');
    expect(rule({}, { height: HEIGHT - 1 })).toBe('omission.kept');
    expect(rule({ height: HEIGHT + 1, notAfterMs: header.timestampMs })).toBe('omission.kept');
  });

  it('needs the operator’s signatures', () => {
    const stranger = testSigner('stranger');
    expect(refusal(() => verifyOmission(omission({}, { signer: stranger }), nodeCrypto)).rule).toBe('omission.promise');
    expect(refusal(() => verifyOmission({ ...omission(), checkpoint: omission({}, { signer: stranger }).checkpoint }, nodeCrypto)).rule).toBe('omission.checkpoint');
    expect(refusal(() => verifyOmission(omission({ chain: testHash('another') }), nodeCrypto)).rule).toBe('omission.promise');
  });

  it('follows the operator through its rotations', () => {
    const second = testSigner('operator 2');
    const rotations = [toBase64url(chain.sign('operator.rotate', { key: toHex(second.publicKey) }, [chain.operator, second]))];
    const { checkpoint } = omission({}, { signer: second });
    expect(verifyOmission({ ...omission(), checkpoint, rotations }, nodeCrypto).status).toBe('omitted');
    expect(refusal(() => verifyOmission({ ...omission(), rotations }, nodeCrypto)).rule).toBe('omission.rotations');
    expect(keyIdHex(second)).not.toBe(keyIdHex(chain.operator));
  });

  describe('that was changed', () => {
    const crypto = memoCrypto();
    let proof: Omission;
    beforeAll(() => { proof = omission(); });

    it('fails whatever field it is in', () => {
      for (const { path, value } of mutations(proof)) expect(refusal(() => verifyOmission(value, crypto)).rule, path).toMatch(/^omission\./);
    });

    it('fails with a hash left out, changed, doubled or swapped', () => {
      for (const list of [hashes.slice(1), hashes.slice(0, -1), [...hashes, hashes[0]!], hashes.with(3, hashes[4]!).with(4, hashes[3]!), []]) {
        expect(refusal(() => verifyOmission({ ...proof, leafHashes: packLeafHashes(list) }, crypto)).rule).toBe('omission.hashes');
      }
    });

    it('is read from canonical JSON only', () => {
      expect(refusal(() => decodeOmission(utf8(JSON.stringify(proof)))).rule).toBe('json.canonical');
    });
  });
});
