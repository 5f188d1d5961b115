import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fromHex, toHex } from '@fedseal/chain/bytes';
import { decodeHeader } from '@fedseal/chain/header/header';
import { leafHash } from '@fedseal/chain/leaf/leaf-hash';
import { addSignature } from '@fedseal/chain/leaf/add-signature';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import { meetsTarget } from '@fedseal/chain/pow/target';
import { testSigner } from '@fedseal/chain/testing/test-chain.testing';
import type { Storage } from '../storage/open-storage.js';
import { openTestStorage } from '../storage/testing/test-database.testing.js';
import { openTestLedger, randomHex } from './ledger.testing.js';
import type { TestLedger } from './ledger.testing.js';
import { Scene, keyIdHex } from './scene.testing.js';

describe('LedgerService', () => {
  let storage: Storage;
  let ledger: TestLedger;
  let scene: Scene;
  const extra: TestLedger[] = [];

  beforeEach(async () => {
    storage = await openTestStorage();
    ledger = await openTestLedger(storage);
    scene = new Scene(ledger.service);
  });

  afterEach(async () => {
    await Promise.all([ledger, ...extra.splice(0)].map((one) => one.close()));
    await storage.close();
  });

  async function reopen(): Promise<TestLedger> {
    const other = await openTestLedger(storage);
    extra.push(other);
    return other;
  }

  const service = () => ledger.service;
  const poolHashes = async () => (await storage.ledger.pool()).map(({ hash }) => hash);

  it('founds a federation with one block over the signed charter', async () => {
    const block = await storage.ledger.block(0);
    const header = decodeHeader(block!.header);
    expect(header).toMatchObject({ height: 0, treeSize: 1, rounds: 0 });
    expect(meetsTarget(fromHex(block!.hash), header.k, header.m)).toBe(true);
    const charter = await storage.ledger.leaf(0);
    expect(service().chainId).toBe(charter!.hash);
    expect(service().charter).toMatchObject({ name: 'Test federation', operator: toHex(ledger.operator.publicKey), founders: [] });
    expect(service().head()).toEqual({ height: 0, blockHash: block!.hash, treeSize: 1, treeRoot: charter!.hash });
  });

  it('measures the machine for the start value, above the floor', async () => {
    const other = await openTestStorage();
    const measured = await openTestLedger(other, {
      options: { proofOfWork: { sigmaPpm: 8_000, window: 32, floor: 16n, startMs: 2 } },
    });
    const { proofOfWork } = measured.service.charter;
    expect(proofOfWork.floor).toBe('16');
    // A core makes more than 100,000 tries a second, so 2 ms are more than 2^7 tries.
    expect(proofOfWork.start.k).toBeGreaterThanOrEqual(7);
    await measured.close();
    await other.close();
  });

  it('seals what waits and answers with its place', async () => {
    ledger.start();
    await scene.enrol('alice');
    const run = await scene.createRun('digits');
    const end = await scene.endRun('digits');
    await expect(service().sealed(end)).resolves.toEqual({ height: 1, index: 4 });
    await expect(service().sealed(run)).resolves.toEqual({ height: 1, index: 3 });
    expect(await storage.ledger.pool()).toEqual([]);
    expect(service().waiting).toBe(0);
    const leaves = [];
    for await (const leaf of storage.ledger.streamLeaves(0, 99)) leaves.push(leaf);
    expect(leaves.map(({ kind, blockHeight }) => [kind, blockHeight])).toEqual([[1, 0], [2, 1], [6, 1], [10, 1], [11, 1]]);
    const head = service().head();
    expect(head).toMatchObject({ height: 1, treeSize: 5, treeRoot: toHex(service().tree.root()) });
    expect(ledger.events).toEqual([
      { name: 'seal.started.v1', data: { height: 1, leaves: 4 } },
      { name: 'block.sealed.v1', data: expect.objectContaining({ height: 1, hash: head.blockHash, leaves: 4, treeSize: 5, rounds: [] }) },
    ]);
  });

  it('lets enrolments wait a moment, then seals them', async () => {
    ledger.start();
    const alice = await scene.enrol('alice');
    await scene.enrol('judge', 'evaluator');
    expect(service().sealedContributors('contributor').size).toBe(0);
    expect(ledger.timer.delaysMs).toEqual([2_000]);
    const [, second] = await poolHashes();
    const sealed = service().sealed(second!);
    ledger.timer.elapse();
    await sealed;
    expect([...service().sealedContributors('contributor')]).toEqual([keyIdHex(alice)]);
    expect([...service().sealedContributors('evaluator')]).toEqual([keyIdHex(testSigner('judge'))]);
    await service().write((write) => write.acceptSigned('contributor.revoke', { contributor: keyIdHex(alice), reason: 'left' }));
    expect(service().sealedContributors('contributor').size).toBe(1);
    const revoked = service().sealed((await poolHashes())[0]!);
    ledger.timer.elapse();
    await revoked;
    expect(service().sealedContributors('contributor').size).toBe(0);
  });

  it('seals every round that closed during a search in one block, and each round once', async () => {
    const cohort = [await scene.enrol('alice'), await scene.enrol('bob')];
    for (const run of ['a', 'b', 'c']) await scene.createRun(run);
    const closes = [];
    for (const run of ['a', 'b', 'c']) closes.push(await scene.playRound(run, cohort));
    await scene.openRound('a', cohort);
    ledger.start();
    const places = await Promise.all(closes.map((hash) => service().sealed(hash)));
    expect(places.map(({ height }) => height)).toEqual([1, 1, 1]);
    expect(decodeHeader((await storage.ledger.block(1))!.header).rounds).toBe(3);
    expect(ledger.events.at(-1)).toMatchObject({
      name: 'block.sealed.v1',
      data: { rounds: [{ run: 'a', round: 1 }, { run: 'b', round: 1 }, { run: 'c', round: 1 }] },
    });
    // Round 2 of `a` is open: what is not urgent waits for its end.
    await scene.enrol('carol');
    expect(ledger.timer.delaysMs).toEqual([]);
    await scene.commit('a', cohort[0]!);
    const close = await scene.closeRound('a');
    await expect(service().sealed(close)).resolves.toMatchObject({ height: 2 });
    expect(ledger.events.filter(({ name }) => name === 'block.sealed.v1')).toHaveLength(2);
  });

  it('accepts while a search runs, and seals that in the next block', async () => {
    ledger.start();
    await scene.createRun('a');
    await scene.createRun('b');
    const first = await scene.endRun('a');
    const second = await scene.endRun('b');
    const [one, two] = await Promise.all([service().sealed(first), service().sealed(second)]);
    expect(two.index).toBeGreaterThan(one.index);
    const reopened = await reopen();
    expect(reopened.service.head()).toEqual(service().head());
  });

  it('starts again where it was, with the pool in order', async () => {
    const alice = await scene.enrol('alice');
    await scene.createRun('digits');
    await scene.openRound('digits', [alice]);
    await scene.commit('digits', alice);
    const before = await poolHashes();
    const again = await reopen();
    expect(again.service.waiting).toBe(before.length);
    expect(again.service.head()).toEqual(service().head());
    expect(again.service.chainId).toBe(service().chainId);
    // Its rules know the open round: the same commit is refused as a repetition and the round can close.
    const close = new Scene(again.service);
    Object.assign(close, { models: scene['models'], openings: scene['openings'] });
    const hash = await close.closeRound('digits');
    again.start();
    await expect(again.service.sealed(hash)).resolves.toEqual({ height: 1, index: before.length + 2 });
    const third = await reopen();
    expect(third.service.head()).toEqual(again.service.head());
  });

  it('follows what another coordinator accepted and sealed, without a fork', async () => {
    const other = await reopen();
    const otherScene = new Scene(other.service);
    await scene.enrol('alice');
    await otherScene.enrol('bob');
    await scene.createRun('digits');
    expect([service().waiting, other.service.waiting]).toEqual([3, 2]);
    other.start();
    Object.assign(otherScene, { models: scene['models'] });
    const end = await otherScene.endRun('digits');
    await other.service.sealed(end);
    // This one's waiter resolves with the first look at what the other did.
    const [first] = (await storage.ledger.leafHashes(2, 3));
    const mine = service().sealed(first!);
    await service().write(async () => undefined);
    await expect(mine).resolves.toEqual({ height: 1, index: 2 });
    expect(service().head()).toEqual(other.service.head());
    expect(service().waiting).toBe(0);
    expect(ledger.events).toMatchObject([{ name: 'block.sealed.v1', data: { height: 1 } }]);
    ledger.start();
    await scene.createRun('next');
    await expect(service().sealed(await scene.endRun('next'))).resolves.toMatchObject({ height: 2 });
    await reopen();
  });

  it('lets two coordinators seal the same pool once', async () => {
    const other = await reopen();
    await scene.createRun('digits');
    const end = await scene.endRun('digits');
    await other.service.write(async () => undefined);
    ledger.start();
    other.start();
    await Promise.all([service().sealed(end), other.service.sealed(end)]);
    expect((await storage.ledger.tip())!.height).toBe(1);
    expect(other.service.head()).toEqual(service().head());
    await reopen();
  });

  it('gives two coordinators that start at once one federation', async () => {
    const fresh = await openTestStorage();
    const both = await Promise.all([openTestLedger(fresh), openTestLedger(fresh)]);
    expect(both[0].service.chainId).toBe(both[1].service.chainId);
    await Promise.all(both.map((one) => one.close()));
    await fresh.close();
  });

  it('changes nothing when the work throws', async () => {
    await scene.createRun('kept');
    const before = { pool: await poolHashes(), head: service().head() };
    const effects: string[] = [];
    const failing = service().write(async (write) => {
      await write.accept(scene.enrolment('alice'));
      await write.acceptSigned('run.create', {
        run: 'lost', plan: { sha256: randomHex(), bytes: 1 }, initial: { sha256: randomHex(), tensorRoot: randomHex(), bytes: 1 },
        retention: { updates: 'all', rounds: 0 },
      });
      write.afterCommit(() => effects.push('never'));
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    expect({ pool: await poolHashes(), head: service().head() }).toEqual(before);
    expect(service().waiting).toBe(1);
    expect(effects).toEqual([]);
    // The rules forgot them too: both can be accepted now.
    await scene.enrol('alice');
    await scene.createRun('lost');
    expect((await reopen()).service.waiting).toBe(3);
  });

  it('takes back many leaves of one failed write', async () => {
    const names = Array.from({ length: 40 }, (_, i) => `contributor ${i}`);
    const all = async (fail: boolean) => service().write(async (write) => {
      for (const name of names) await write.accept(scene.enrolment(name));
      if (fail) throw new Error('no');
    });
    await expect(all(true)).rejects.toThrow('no');
    expect(await poolHashes()).toEqual([]);
    await all(false);
    expect(await poolHashes()).toHaveLength(40);
  });

  it('accepts many at once, or none of them', async () => {
    const leaves = Array.from({ length: 40 }, (_, i) => scene.enrolment(`contributor ${i}`));
    const forged = scene.sign('contributor.revoke', { contributor: randomHex(), reason: 'left' }, [testSigner('mallory')]);
    await service().write(async (write) => {
      await expect(write.acceptAll([...leaves, forged])).rejects.toMatchObject({ rule: 'contributor.revoke.contributor' });
      await expect(write.acceptAll([leaves[0]!, leaves[0]!])).rejects.toThrow();
      await write.acceptAll(leaves.slice(1));
    });
    expect(service().waiting).toBe(39);
    await expect(service().write((write) => write.acceptAll(leaves))).rejects.toMatchObject({ code: 'leaf.duplicate' });
    const accepted = await service().write((write) => write.acceptAll(leaves.slice(0, 1)));
    expect((await storage.ledger.pool()).at(-1)).toMatchObject({ seq: accepted[0]!.seq, hash: accepted[0]!.leafHash });
    expect((await reopen()).service.waiting).toBe(40);
  });

  it('runs effects after the commit, in order, and a failing one harms nobody', async () => {
    const log: string[] = [];
    await service().write(async (write) => {
      write.afterCommit(() => log.push(`one, ${service().waiting} waiting`));
      write.afterCommit(() => {
        throw new Error('an effect failed');
      });
      write.afterCommit(() => log.push('three'));
      await write.accept(scene.enrolment('alice'));
      log.push('work');
    });
    expect(log).toEqual(['work', 'one, 1 waiting', 'three']);
    expect(await poolHashes()).toHaveLength(1);
  });

  it('refuses a repetition, waiting or sealed, and a re-signed one', async () => {
    ledger.start();
    const alice = await scene.enrol('alice');
    const resource = scene.sign('resource.register', {
      contributor: keyIdHex(alice), device: 'laptop', backend: 'wasm', memoryBytes: 1, imagesPerSecond: '10', software: randomHex(),
    }, [alice]);
    const enrolment = scene.enrolment('alice');
    const accept = (leaf: Uint8Array) => service().write((write) => write.accept(leaf));
    await accept(resource);
    for (const leaf of [resource, enrolment]) await expect(accept(leaf)).rejects.toMatchObject({ code: 'leaf.duplicate' });
    await expect(accept(addSignature(resource, ledger.operator))).rejects.toMatchObject({ code: 'leaf.duplicate' });
    const sealed = service().sealed(toHex(leafHash(nodeCrypto, resource)));
    ledger.timer.elapse();
    await sealed;
    for (const leaf of [resource, enrolment]) await expect(accept(leaf)).rejects.toMatchObject({ code: 'leaf.duplicate' });
    expect(await poolHashes()).toEqual([]);
    const again = await reopen();
    await expect(again.service.write((write) => write.accept(resource))).rejects.toMatchObject({ code: 'leaf.duplicate' });
  });

  it('refuses what a rule refuses, and the rest of that write may still commit', async () => {
    const mallory = testSigner('mallory');
    const forged = scene.sign('run.create', {
      run: 'forged', plan: { sha256: randomHex(), bytes: 1 }, initial: { sha256: randomHex(), tensorRoot: randomHex(), bytes: 1 },
      retention: { updates: 'all', rounds: 0 },
    }, [mallory]);
    await service().write(async (write) => {
      await expect(write.accept(forged)).rejects.toMatchObject({ rule: 'run.create.signers' });
      await expect(write.accept(Uint8Array.of(1, 2, 3))).rejects.toMatchObject({ rule: 'leaf.size' });
      await write.accept(scene.enrolment('alice'));
    });
    expect(await poolHashes()).toHaveLength(1);
    expect((await reopen()).service.waiting).toBe(1);
  });

  it('says that it does not know a leaf', async () => {
    await expect(service().sealed(randomHex())).rejects.toMatchObject({ code: 'leaf.not-found' });
  });

  it('serialises writers and keeps every one of them', async () => {
    ledger.start();
    const names = Array.from({ length: 12 }, (_, i) => `contributor ${i}`);
    let inside = 0;
    await Promise.all(names.map((name) => service().write(async (write) => {
      expect(++inside).toBe(1);
      await write.accept(scene.enrolment(name));
      inside--;
    })));
    await scene.createRun('digits');
    await service().sealed(await scene.endRun('digits'));
    expect(service().sealedContributors('contributor').size).toBe(12);
  });

  it('refuses to start with another key than the federation’s', async () => {
    await expect(openTestLedger(storage, { operator: testSigner('somebody else') })).rejects.toMatchObject({ code: 'operator-key.mismatch' });
  });
});
