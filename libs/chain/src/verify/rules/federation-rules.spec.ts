import { describe, expect, it } from 'vitest';
import { toHex } from '../../bytes.js';
import type { Payload } from '../../leaf/payloads.js';
import { refusal } from '../../testing/refusal.testing.js';
import { testHash, testSigner } from '../../testing/test-chain.testing.js';
import { keyIdHex, TestFederation } from '../../testing/test-federation.testing.js';

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
  it('are added once, removed once, and may come back under another address', () => {
    const federation = new TestFederation();
    const key = hex('node');
    expect(refusal(() => federation.add('node.remove', { key })).rule).toBe('node.remove.absent');
    federation.add('node.add', { key, role: 'miner', address: 'a' });
    expect(refusal(() => federation.add('node.add', { key, role: 'miner', address: 'b' })).rule).toBe('node.add.present');
    federation.add('node.remove', { key });
    federation.add('node.add', { key, role: 'miner', address: 'b' });
    expect([...federation.rules.views.nodes.values()]).toMatchObject([{ address: 'b', status: 'added' }]);
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
