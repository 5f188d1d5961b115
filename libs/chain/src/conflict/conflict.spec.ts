import { describe, expect, it } from 'vitest';
import { toBase64url, toHex, utf8 } from '../bytes.js';
import { signCheckpoint } from '../checkpoint/sign-checkpoint.js';
import type { Signer } from '../crypto/crypto.js';
import { nodeCrypto } from '../native/node-crypto.js';
import { memoCrypto } from '../testing/memo-crypto.testing.js';
import { mutations } from '../testing/mutations.testing.js';
import { refusal } from '../testing/refusal.testing.js';
import { testSigner } from '../testing/test-chain.testing.js';
import { TestFederation } from '../testing/test-federation.testing.js';
import { decodeConflict, encodeConflict } from './conflict.js';
import type { Conflict } from './conflict.js';
import { verifyConflict } from './verify-conflict.js';

function history(names: readonly string[]): TestFederation {
  const federation = new TestFederation();
  for (const name of names) {
    federation.enrol(name);
    federation.seal();
  }
  return federation;
}

const kept = history(['alice', 'bob', 'carol']);
const told = history(['alice', 'mallory', 'carol', 'dan']);
const head = kept.head();
const sign = ({ tree, operator }: TestFederation, signer: Signer = operator) =>
  signCheckpoint({ origin: 'fedseal.test/federation', size: tree.size, root: tree.root() }, signer, nodeCrypto);
const conflict: Conflict = {
  fedseal: 'conflict/v1', chain: kept.chainId, charter: toBase64url(kept.leaves[0]!), rotations: [], kept: head,
  checkpoints: [sign(kept)], header: toHex(told.headers[4]!), observed: 'Block 4 does not follow block 3.',
};

describe('a conflict', () => {
  it('shows the operator\'s tree and a mined header that excludes the kept head', () => {
    expect(verifyConflict(decodeConflict(encodeConflict(conflict)), nodeCrypto)).toMatchObject({
      name: 'Test federation', kept: head, keptIsSigned: true, header: { height: 4 }, observed: conflict.observed,
    });
    expect(verifyConflict({ ...conflict, header: toHex(told.headers[3]!) }, nodeCrypto).header?.height).toBe(3);
    expect(verifyConflict({ ...conflict, checkpoints: [sign(told)], header: null }, nodeCrypto)).toMatchObject({ keptIsSigned: false, header: undefined });
  });

  it('takes no header that excludes nothing, was not mined, or is another chain\'s', () => {
    const rule = (header: Uint8Array) => refusal(() => verifyConflict({ ...conflict, header: toHex(header) }, nodeCrypto)).rule;
    expect(rule(kept.headers[3]!)).toBe('conflict.header');
    expect(rule(told.headers[2]!)).toBe('conflict.header');
    expect(rule(new TestFederation({ charter: { name: 'Another' } }).headers[0]!)).toBe('conflict.header');
    const unmined = Uint8Array.from(told.headers[4]!);
    unmined[175]! ^= 1;
    expect(rule(unmined)).toBe('conflict.header');
  });

  it('takes no checkpoint that another key signed', () => {
    const { rule } = refusal(() => verifyConflict({ ...conflict, checkpoints: [sign(kept, testSigner('stranger'))] }, nodeCrypto));
    expect(rule).toBe('conflict.checkpoint');
  });

  it('is read from canonical JSON only, and fails with any change of what can be checked', () => {
    expect(refusal(() => decodeConflict(utf8(JSON.stringify(conflict)))).rule).toBe('json.canonical');
    const crypto = memoCrypto();
    for (const { path, value } of mutations(conflict)) {
      // The kept head and the sentence are the worker's own word, and it may hold fewer or more things than these.
      if (/^\$\.(kept|observed)/.test(path) || path.startsWith('$.checkpoints (') || (value as Conflict | null)?.header === null) continue;
      expect(refusal(() => verifyConflict(value, crypto)).rule, path).toMatch(/^conflict\./);
    }
  });
});
