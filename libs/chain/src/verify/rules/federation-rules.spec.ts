import { describe, expect, it } from 'vitest';
import { toHex } from '../../bytes.js';
import type { Signer } from '../../crypto/crypto.js';
import type { Payload } from '../../leaf/payloads.js';
import { nodeCrypto } from '../../native/node-crypto.js';
import { refusal } from '../../testing/refusal.testing.js';
import { testHash, testSigner } from '../../testing/test-chain.testing.js';
import { keyIdHex, TestFederation } from '../../testing/test-federation.testing.js';
import { keyStatusAt } from '../key-status.js';
import { verifyChain } from '../verify-chain.js';

const hex = (name: string) => toHex(testSigner(name).publicKey);
/** The identity: of small order. */
const WEAK_KEY = `01${'00'.repeat(31)}`;

describe('charter', () => {
  const attempt = (charter: Partial<Payload<'charter'>>, founders: string[] = []) =>
    refusal(() => new TestFederation({ charter, founders: founders.map(testSigner) })).rule;

  it('names different keys', () => {
    expect(attempt({ founders: [hex('operator')] })).toBe('charter.founders');
    expect(attempt({ founders: [hex('a'), hex('a')] }, ['a'])).toBe('charter.founders');
    expect(attempt({ witnesses: { quorum: 1, keys: [hex('w'), hex('w')] } })).toBe('charter.witnesses');
  });

  it('is signed by each founder', () => {
    expect(attempt({ founders: [hex('a'), hex('b')] }, ['a'])).toBe('charter.signers');
    expect(new TestFederation({ founders: [testSigner('a'), testSigner('b')] }).rules.views.charter?.founders).toHaveLength(2);
  });

  it('asks for no more witnesses than it names, and for a difficulty that can be', () => {
    expect(attempt({ witnesses: { quorum: 2, keys: [hex('w')] } })).toBe('charter.witnesses');
    const proofOfWork = new TestFederation().proofOfWork;
    expect(attempt({ proofOfWork: { ...proofOfWork, floor: '0' } })).toBe('charter.floor');
    expect(attempt({ proofOfWork: { ...proofOfWork, floor: String(1n << 225n) } })).toBe('charter.floor');
    expect(refusal(() => new TestFederation({ charter: { proofOfWork: { ...proofOfWork, start: { k: 11, m: 2 ** 31 - 1 } } } })).rule).toBe('charter.payload');
  });

  it('has an origin that can sign checkpoints', () => {
    for (const origin of ['two words', 'a+b', 'a\u00a0b']) expect(attempt({ origin })).toBe('charter.origin');
    expect(new TestFederation({ charter: { origin: 'example.org/a/b' } }).rules.views.charter?.origin).toBe('example.org/a/b');
  });

  it('names no weak key', () => {
    expect(attempt({ operator: WEAK_KEY })).toBe('key.small-order');
    expect(attempt({ founders: [WEAK_KEY] })).toBe('key.small-order');
    expect(attempt({ witnesses: { quorum: 0, keys: [WEAK_KEY] } })).toBe('key.small-order');
  });
});

describe('operator.rotate', () => {
  it('passes everything the operator signs to the new key, for good', () => {
    const federation = new TestFederation();
    const next = testSigner('next operator');
    const node = { key: hex('node'), role: 'mirror', address: 'a' } as const;
    federation.add('operator.rotate', { key: toHex(next.publicKey) }, [federation.operator, next]);
    expect(refusal(() => federation.add('node.add', node)).rule).toBe('node.add.signers');
    federation.add('node.add', node, [next]);
    const back = { key: toHex(federation.operator.publicKey) };
    expect(refusal(() => federation.add('operator.rotate', back, [next, federation.operator])).rule).toBe('operator.rotate.key-used');
    expect(federation.rules.views.operator?.keyId).toBe(keyIdHex(next));
  });

  it('takes no key that a contributor or node has, and no weak one', () => {
    const federation = new TestFederation();
    const alice = federation.enrol('alice');
    federation.add('node.add', { key: hex('node'), role: 'witness', address: 'a' });
    for (const signer of [alice, testSigner('node'), federation.operator]) {
      expect(refusal(() => federation.add('operator.rotate', { key: toHex(signer.publicKey) }, [federation.operator])).rule).toBe('operator.rotate.key-used');
    }
    expect(refusal(() => federation.add('operator.rotate', { key: WEAK_KEY })).rule).toBe('key.small-order');
  });
});

describe('nodes', () => {
  it('are added and removed by turns, under the same address or another', () => {
    const federation = new TestFederation();
    const key = hex('node');
    expect(refusal(() => federation.add('node.remove', { key })).rule).toBe('node.remove.absent');
    federation.add('node.add', { key, role: 'miner', address: 'a' });
    expect(refusal(() => federation.add('node.add', { key, role: 'miner', address: 'b' })).rule).toBe('node.add.present');
    federation.add('node.remove', { key });
    federation.add('node.add', { key, role: 'miner', address: 'b' });
    expect([...federation.rules.views.nodes.values()]).toMatchObject([{ address: 'b', status: 'added' }]);
    federation.add('node.remove', { key });
    expect(refusal(() => federation.add('node.remove', { key })).rule).toBe('node.remove.absent');
    federation.add('node.add', { key, role: 'miner', address: 'b' });
    expect(refusal(() => federation.add('node.add', { key: toHex(federation.operator.publicKey), role: 'miner', address: 'c' })).rule).toBe('node.add.key-used');
  });
});

describe('contributors', () => {
  it('are enrolled once, each by its own invitation, never under a weak or used key', () => {
    const federation = new TestFederation();
    const alice = federation.enrol('alice');
    const bob = testSigner('bob');
    const enrol = (changes: Partial<Payload<'contributor.enrol'>>) =>
      refusal(() => federation.add('contributor.enrol', federation.enrolment(bob, changes), [federation.operator, bob])).rule;
    expect(enrol({ key: toHex(alice.publicKey) })).toBe('contributor.enrol.key-used');
    expect(enrol({ key: toHex(federation.operator.publicKey) })).toBe('contributor.enrol.key-used');
    expect(enrol({ key: WEAK_KEY })).toBe('key.small-order');
    expect(enrol({ invitation: federation.enrolment(alice).invitation })).toBe('contributor.enrol.invitation');
    federation.add('contributor.enrol', federation.enrolment(bob), [federation.operator, bob]);
    expect([...federation.rules.views.contributors.keys()]).toEqual([keyIdHex(alice), keyIdHex(bob)]);
  });

  it('rotate their keys, and only while they are enrolled', () => {
    const federation = new TestFederation();
    const [alice, next, later] = [federation.enrol('alice'), testSigner('next'), testSigner('later')];
    const rotate = (from = alice, to = next) => federation.add('contributor.rotate', { contributor: keyIdHex(from), key: toHex(to.publicKey) }, [from, to]);
    expect(refusal(() => rotate(testSigner('nobody'))).rule).toBe('contributor.rotate.contributor');
    rotate();
    expect(refusal(() => rotate(alice, later)).rule).toBe('contributor.rotate.contributor');
    expect(refusal(() => rotate(next, alice)).rule).toBe('contributor.rotate.key-used');
    const { contributors } = federation.rules.views;
    expect([contributors.get(keyIdHex(alice))?.status, contributors.get(keyIdHex(next))?.status]).toEqual(['rotated', 'enrolled']);
    expect(contributors.get(keyIdHex(next))?.name).toBe('alice');
  });

  it('are revoked by the operator or by themselves, not by both or another', () => {
    const federation = new TestFederation();
    const [alice, bob] = [federation.enrol('alice'), federation.enrol('bob')];
    const body = { contributor: keyIdHex(alice), reason: 'left' };
    expect(refusal(() => federation.add('contributor.revoke', body, [bob])).rule).toBe('contributor.revoke.signers');
    expect(refusal(() => federation.add('contributor.revoke', body, [alice, federation.operator])).rule).toBe('contributor.revoke.signers');
    federation.add('contributor.revoke', body, [alice]);
    expect(refusal(() => federation.add('contributor.revoke', body)).rule).toBe('contributor.revoke.contributor');
    expect(federation.rules.views.contributors.get(keyIdHex(alice))?.status).toBe('revoked');
    const resource = { contributor: keyIdHex(alice), device: 'd', backend: 'b', memoryBytes: 1, imagesPerSecond: '1', software: testHash('s') };
    expect(refusal(() => federation.add('resource.register', resource, [alice])).rule).toBe('resource.register.contributor');
    expect(refusal(() => federation.add('annotate', { author: keyIdHex(alice), subject: testHash('s'), text: 't' }, [alice])).rule).toBe('annotate.author');
    expect(refusal(() => federation.add('contributor.enrol', federation.enrolment(alice, { invitation: testHash('new') }), [federation.operator, alice])).rule).toBe('contributor.enrol.key-used');
  });

  it('offer resources, of which the last counts', () => {
    const federation = new TestFederation();
    const alice = federation.enrol('alice');
    const resource = { contributor: keyIdHex(alice), device: 'CPU', backend: 'wasm', memoryBytes: 2 ** 33, imagesPerSecond: '1500.5', software: testHash('s') };
    federation.add('resource.register', resource, [alice]);
    federation.add('resource.register', { ...resource, backend: 'webgpu' }, [alice]);
    expect(federation.rules.views.contributors.get(keyIdHex(alice))?.resource?.backend).toBe('webgpu');
    expect(refusal(() => federation.add('resource.register', resource, [alice])).rule).toBe('leaf.duplicate');
    expect(refusal(() => federation.add('resource.register', { ...resource, contributor: testHash('nobody') }, [alice])).rule).toBe('resource.register.contributor');
  });
});

describe('annotate', () => {
  it('is signed by a key in force, whoever has it, and by no other', () => {
    const federation = new TestFederation();
    const [alice, evaluator] = [federation.enrol('alice'), federation.enrol('evaluator', 'evaluator')];
    const [node, next, operator2] = [testSigner('node'), testSigner('alice 2'), testSigner('operator 2')];
    federation.add('node.add', { key: toHex(node.publicKey), role: 'witness', address: 'a' });
    let texts = 0;
    const annotate = (author: Signer, signer = author) =>
      federation.add('annotate', { author: keyIdHex(author), subject: testHash('s'), text: `text ${texts++}` }, [signer]);
    for (const author of [federation.operator, alice, evaluator, node]) annotate(author);
    expect(refusal(() => annotate(alice, evaluator)).rule).toBe('annotate.signers');
    expect(refusal(() => annotate(testSigner('nobody'))).rule).toBe('annotate.author');
    federation.add('node.remove', { key: toHex(node.publicKey) });
    federation.add('contributor.rotate', { contributor: keyIdHex(alice), key: toHex(next.publicKey) }, [alice, next]);
    federation.add('contributor.revoke', { contributor: keyIdHex(evaluator), reason: 'left' }, [evaluator]);
    federation.add('operator.rotate', { key: toHex(operator2.publicKey) }, [federation.operator, operator2]);
    for (const author of [federation.operator, alice, evaluator, node]) expect(refusal(() => annotate(author)).rule).toBe('annotate.author');
    for (const author of [operator2, next]) annotate(author);
  });
});

describe('the state at a leaf', () => {
  it('is told for every key and place once the chain is verified', async () => {
    const federation = new TestFederation();
    const [alice, bob, carol] = [federation.enrol('alice'), federation.enrol('bob'), federation.enrol('carol', 'evaluator')];
    const [alice2, alice3, operator2, operator3] = ['alice 2', 'alice 3', 'operator 2', 'operator 3'].map(testSigner) as [Signer, Signer, Signer, Signer];
    federation.seal();
    federation.add('contributor.rotate', { contributor: keyIdHex(alice), key: toHex(alice2.publicKey) }, [alice, alice2]);
    federation.add('operator.rotate', { key: toHex(operator2.publicKey) }, [federation.operator, operator2]);
    federation.add('contributor.revoke', { contributor: keyIdHex(bob), reason: 'left' }, [operator2]);
    federation.seal();
    federation.add('contributor.rotate', { contributor: keyIdHex(alice2), key: toHex(alice3.publicKey) }, [alice2, alice3]);
    federation.add('operator.rotate', { key: toHex(operator3.publicKey) }, [operator2, operator3]);
    federation.add('contributor.revoke', { contributor: keyIdHex(alice3), reason: 'left' }, [alice3]);
    federation.seal();
    const keys = [federation.operator, operator2, operator3, alice, alice2, alice3, bob, carol, testSigner('nobody')].map(keyIdHex);
    /** What each key was after each leaf, by the state that the rules had then. */
    const seen: string[][] = [keys.map(() => 'unknown')];
    const { views } = await verifyChain(federation, nodeCrypto, {
      onLeaf: (_, { views: now }) => {
        seen.push(keys.map((key) => (now.operator?.keyId === key ? 'operator' : now.operators.has(key) ? 'former operator' : now.contributors.get(key)?.status ?? 'unknown')));
      },
    });
    for (const [index, expected] of seen.entries()) expect(keys.map((key) => keyStatusAt(views, key, index)), `before leaf ${index}`).toEqual(expected);
    expect(new Set(seen.flat()).size).toBe(6);
    expect([alice, alice2, alice3].map((signer) => views.contributors.get(keyIdHex(signer))?.line)).toEqual([keyIdHex(alice), keyIdHex(alice), keyIdHex(alice)]);
  });
});
