import { beforeAll, describe, expect, it } from 'vitest';
import { equalBytes, toHex, utf8 } from '../bytes.js';
import type { Signer } from '../crypto/crypto.js';
import { encodeCanonicalJson } from '../json/canonical-json.js';
import { addSignature } from '../leaf/add-signature.js';
import { decodeLeaf } from '../leaf/decode-leaf.js';
import { encodeLeaf } from '../leaf/encode-leaf.js';
import { LEAF_KINDS, leafKindName } from '../leaf/kinds.js';
import type { LeafKind } from '../leaf/kinds.js';
import { leafHash } from '../leaf/leaf-hash.js';
import { readLeaf } from '../leaf/read-leaf.js';
import { signLeaf } from '../leaf/sign-leaf.js';
import { nodeCrypto } from '../native/node-crypto.js';
import { refusal } from '../testing/refusal.testing.js';
import { TestChain, testHash, testSigner } from '../testing/test-chain.testing.js';
import { buildSmallChain, keyIdHex, TestFederation } from '../testing/test-federation.testing.js';
import { viewsSnapshot } from '../testing/views-snapshot.testing.js';
import { LeafRules } from './leaf-rules.js';

const mallory = testSigner('mallory');

/** Tries forgeries of every leaf before it is accepted, and the leaf itself again after. */
class BesiegedFederation extends TestFederation {
  static readonly rules = new Map<LeafKind, Set<string>>();

  override accept(bytes: Uint8Array): string {
    const { kind, payload, signatures } = decodeLeaf(bytes);
    const name = leafKindName(kind) as LeafKind;
    const before = viewsSnapshot(this.rules.views);
    const refused = (why: string, forged: Uint8Array) => {
      const { rule } = refusal(() => super.accept(forged));
      const seen = BesiegedFederation.rules.get(name) ?? new Set();
      BesiegedFederation.rules.set(name, seen.add(`${why}: ${rule}`));
      expect(viewsSnapshot(this.rules.views)).toBe(before);
    };
    for (const [i, one] of signatures.entries()) {
      const others = signatures.toSpliced(i, 1);
      refused('missing', encodeLeaf({ kind, payload, signatures: others }));
      refused('changed', encodeLeaf({ kind, payload, signatures: [...others, { ...one, signature: one.signature.map((byte, at) => (at === 5 ? byte ^ 4 : byte)) }] }));
      refused('stranger', addSignature(encodeLeaf({ kind, payload, signatures: others }), mallory));
    }
    refused('surplus', addSignature(bytes, mallory));
    if (this.tree.size > 0) {
      const elsewhere = { ...(JSON.parse(Buffer.from(payload).toString()) as object), chain: testHash('another federation') };
      refused('elsewhere', encodeLeaf({ kind, payload: encodeCanonicalJson(elsewhere), signatures }));
    }
    const hash = super.accept(bytes);
    const after = viewsSnapshot(this.rules.views);
    expect(refusal(() => super.accept(bytes)).rule).toMatch(new RegExp(`^(${name.replace('.', '\\.')}\\.|leaf\\.duplicate$)`));
    expect(viewsSnapshot(this.rules.views)).toBe(after);
    return hash;
  }
}

describe('signatures', () => {
  beforeAll(() => {
    const federation = new BesiegedFederation({ founders: [testSigner('founder')] });
    const [alice, bob] = [federation.enrol('alice'), federation.enrol('bob')] as [Signer, Signer];
    const evaluator = federation.enrol('evaluator', 'evaluator');
    const [next, node, carol] = [testSigner('next operator'), testSigner('node'), testSigner('carol')];
    federation.add('resource.register', {
      contributor: keyIdHex(alice), device: 'GPU', backend: 'webgpu', memoryBytes: 2 ** 36, imagesPerSecond: '90000', software: testHash('worker'),
    }, [alice]);
    federation.createRun();
    federation.add('round.open', federation.opening('digits', [alice, bob]));
    const commit = federation.add('update.commit', federation.update('digits', alice), [alice]);
    federation.add('update.verdict', federation.verdict('digits', alice, commit));
    federation.add('update.verdict', federation.verdict('digits', bob, null, { outcome: 'silent', reason: 'no-update' }));
    federation.add('round.close', federation.closing('digits'));
    federation.add('evaluation', federation.measurement('digits', evaluator), [evaluator]);
    federation.add('run.end', federation.ending('digits'));
    federation.add('annotate', { author: keyIdHex(bob), subject: commit, text: 'I was away.' }, [bob]);
    federation.add('annotate', { author: keyIdHex(federation.operator), subject: commit, text: 'So we saw.' });
    federation.add('node.add', { key: toHex(node.publicKey), role: 'mirror', address: 'mirror.example.org' });
    federation.add('annotate', { author: keyIdHex(node), subject: commit, text: 'Mirrored.' }, [node]);
    federation.add('node.remove', { key: toHex(node.publicKey) });
    federation.add('contributor.rotate', { contributor: keyIdHex(bob), key: toHex(carol.publicKey) }, [bob, carol]);
    federation.add('contributor.revoke', { contributor: keyIdHex(alice), reason: 'left' }, [alice]);
    federation.add('contributor.revoke', { contributor: keyIdHex(carol), reason: 'key-lost' });
    federation.add('operator.rotate', { key: toHex(next.publicKey) }, [federation.operator, next]);
    federation.seal();
  });

  it.each(Object.keys(LEAF_KINDS).filter((kind) => kind !== 'block.link'))('%s: refused when missing, changed, surplus or a stranger’s, and when repeated', (kind) => {
    const rules = BesiegedFederation.rules.get(kind as LeafKind) ?? new Set();
    expect(rules).toContain(`missing: ${kind}.signers`);
    expect(rules).toContain(`changed: ${kind}.signature`);
    expect(rules).toContain(`stranger: ${kind}.signers`);
    expect(rules).toContain(`surplus: ${kind}.signers`);
    if (kind !== 'charter') expect(rules).toContain('elsewhere: leaf.chain');
  });
});

describe('LeafRules', () => {
  const { leaves, blocks } = buildSmallChain({ rounds: 2 });
  const apply = (rules: LeafRules, from: number, to: number) => {
    for (const bytes of leaves.slice(from, to)) rules.apply(readLeaf(bytes), leafHash(nodeCrypto, bytes), { blocks });
  };

  it('comes back to a mark, and goes on from there as if nothing had happened', () => {
    const straight = new LeafRules(nodeCrypto);
    apply(straight, 0, leaves.length);
    const rules = new LeafRules(nodeCrypto);
    const step = 3;
    for (let at = 0; at < leaves.length; at += step) {
      const before = viewsSnapshot(rules.views);
      const mark = rules.mark();
      apply(rules, at, Math.min(leaves.length, at + 3 * step));
      rules.rollback(mark);
      expect(viewsSnapshot(rules.views)).toBe(before);
      apply(rules, at, Math.min(leaves.length, at + step));
    }
    expect(viewsSnapshot(rules.views)).toBe(viewsSnapshot(straight.views));
  });

  it('refuses anything before the charter, and a second charter', () => {
    const rules = new LeafRules(nodeCrypto);
    const [charter, link] = leaves as [Uint8Array, Uint8Array];
    const other = signLeaf('annotate', { chain: testHash('a'), author: testHash('b'), subject: testHash('c'), text: 'x' }, [mallory]);
    for (const leaf of [link, other]) {
      expect(refusal(() => rules.apply(readLeaf(leaf), leafHash(nodeCrypto, leaf), { blocks })).rule).toBe('charter.missing');
    }
    apply(rules, 0, 1);
    expect(refusal(() => rules.apply(readLeaf(charter), leafHash(nodeCrypto, charter), { blocks })).rule).toBe('charter.position');
  });

  it('cannot be tricked by a signature made for another purpose', () => {
    const chain = new TestChain();
    const body = { chain: chain.chainId, author: keyIdHex(chain.operator), subject: testHash('x'), text: 'y' };
    const payload = encodeCanonicalJson(body);
    for (const message of [payload, utf8(`DSSEv1 45 application/vnd.fedseal.evaluation.v1+json ${payload.length} ${Buffer.from(payload).toString()}`)]) {
      const signatures = [{ keyId: chain.operator.keyId, signature: chain.operator.sign(message) }];
      expect(refusal(() => chain.accept(encodeLeaf({ kind: LEAF_KINDS.annotate, payload, signatures }))).rule).toBe('annotate.signature');
    }
    expect(equalBytes(chain.sign('annotate', body), encodeLeaf({ kind: 17, payload, signatures: [] }))).toBe(false);
  });

  it('links headers one by one', () => {
    const rules = new LeafRules(nodeCrypto);
    apply(rules, 0, 1);
    const links = leaves.filter((bytes) => readLeaf(bytes).kind === 'block.link');
    const attempt = (bytes: Uint8Array) => rules.apply(readLeaf(bytes), leafHash(nodeCrypto, bytes), { blocks });
    const [first, second] = links as [Uint8Array, Uint8Array];
    expect(refusal(() => attempt(second)).rule).toBe('block.link.height');
    const changed = first.map((byte, i) => (i === 8 + 175 ? byte ^ 1 : byte));
    expect(refusal(() => attempt(changed)).rule).toBe('block.link.header');
    expect(refusal(() => attempt(first.map((byte, i) => (i === 8 ? 0 : byte)))).rule).toBe('header.magic');
    attempt(first);
    expect(refusal(() => attempt(first)).rule).toBe('block.link.height');
    attempt(second);
    const { payload } = decodeLeaf(links[2] as Uint8Array);
    const signed = encodeLeaf({ kind: 2, payload, signatures: [{ keyId: mallory.keyId, signature: mallory.sign(payload) }] });
    expect(refusal(() => attempt(signed)).rule).toBe('block.link.signers');
  });
});
