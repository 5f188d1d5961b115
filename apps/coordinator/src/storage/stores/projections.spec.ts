import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Storage } from '../open-storage.js';
import type { StoredContributor, StoredInvitation } from '../ports/contributor.store.js';
import { updateCursor, type StoredEvaluation, type StoredRound, type StoredUpdate } from '../ports/round.store.js';
import type { StoredRun } from '../ports/run.store.js';
import type { Tx } from '../ports/transaction.js';
import { openTestStorage } from '../testing/test-database.testing.js';

const hex = (n: number) => n.toString(16).padStart(64, '0');
const artifact = (n: number) => ({ sha256: hex(n), tensorRoot: hex(n + 1), bytes: 6_653_480_000 + n });

const run = (name: string, change: Partial<StoredRun> = {}): StoredRun => ({
  run: name, status: 'pending', planSha256: hex(1), createLeaf: hex(2), rounds: 5, createdAtMs: 1_760_000_000_000, endedAtMs: null, reason: null,
  state: { phase: 'idle', nested: [1, null, { deep: 'ü' }] }, ...change,
});

const round = (name: string, n: number, attempt: number, change: Partial<StoredRound> = {}): StoredRound => ({
  run: name, round: n, attempt, status: 'open', base: artifact(10), model: null, openLeaf: hex(20), closeLeaf: null, candidatesSha256: hex(30),
  weightsSha256: null, serverStateSha256: null, cohort: [hex(41), hex(40)], quorum: 2, openedAtMs: 1_760_000_000_001, deadlineAtMs: 1_760_000_600_000, closedAtMs: null, ...change,
});

const update = (n: number, change: Partial<StoredUpdate> = {}): StoredUpdate => ({
  run: 'r', round: n, attempt: 1, contributor: hex(40), commit: hex(100 + n), update: artifact(200 + n), examples: 2 ** 31,
  metrics: { loss: '0.25', accuracy: '0.9' }, outcome: 'pending', reason: null, verdictLeaf: null, weight: null, ...change,
});

describe('projections', () => {
  let storage: Storage;
  beforeAll(async () => {
    storage = await openTestStorage();
  });
  afterAll(() => storage.close());

  const write = <T>(work: (tx: Tx) => Promise<T>) => storage.database.transaction(work);

  describe('Database', () => {
    it('answers a ping and rolls back over several stores', async () => {
      await storage.database.ping();
      await expect(
        write(async (tx) => {
          await storage.runs.create(tx, run('never'));
          await storage.outbox.add(tx, { id: 'never', kind: 'k', payload: 1, dueAtMs: 1 });
          throw new Error('no');
        }),
      ).rejects.toThrow('no');
      expect(await storage.runs.get('never')).toBeUndefined();
      expect(await storage.outbox.get('never')).toBeUndefined();
    });

    it('hides a transaction from others until it commits', async () => {
      await write(async (tx) => {
        await storage.runs.create(tx, run('inside'));
        expect(await storage.runs.get('inside')).toBeUndefined();
      });
      expect(await storage.runs.get('inside')).toEqual(run('inside'));
    });
  });

  describe('RunStore', () => {
    it('creates a name once, changes parts, and pages newest first', async () => {
      for (const name of ['a', 'b', 'c', 'd']) expect(await write((tx) => storage.runs.create(tx, run(name)))).toBe(true);
      expect(await write((tx) => storage.runs.create(tx, run('b', { rounds: 9 })))).toBe(false);
      expect(await storage.runs.get('b')).toEqual(run('b'));
      await write((tx) => storage.runs.save(tx, 'b', { status: 'failed', endedAtMs: 1_760_000_000_009, reason: 'quorum' }));
      await write((tx) => storage.runs.save(tx, 'b', { state: null }));
      expect(await storage.runs.get('b')).toEqual(run('b', { status: 'failed', endedAtMs: 1_760_000_000_009, reason: 'quorum', state: null }));
      expect((await storage.runs.list({ limit: 2 })).map((one) => one.run)).toEqual(['d', 'c']);
      expect((await storage.runs.list({ limit: 2, after: 'c' })).map((one) => one.run)).toEqual(['b', 'a']);
      expect((await storage.runs.list({ limit: 9, status: 'failed' })).map((one) => one.run)).toEqual(['b']);
      expect(await storage.runs.list({ limit: 9, after: 'unknown' })).toEqual([]);
      expect(await storage.runs.get('unknown')).toBeUndefined();
      await expect(write((tx) => storage.runs.save(tx, 'unknown', { reason: 'x' }))).rejects.toThrow();
    });

    it('loses no change when many take the lock at once', async () => {
      await write((tx) => storage.runs.create(tx, run('counter', { state: { count: 0 } })));
      await Promise.all(
        Array.from({ length: 20 }, () =>
          write(async (tx) => {
            const locked = (await storage.runs.lock(tx, 'counter'))!;
            await storage.runs.save(tx, 'counter', { state: { count: (locked.state as { count: number }).count + 1 } });
          }),
        ),
      );
      expect((await storage.runs.get('counter'))!.state).toEqual({ count: 20 });
      expect(await write((tx) => storage.runs.lock(tx, 'unknown'))).toBeUndefined();
    });
  });

  describe('RoundStore', () => {
    it('inserts, replaces, and gives the last attempt', async () => {
      const closed = round('r', 1, 2, { status: 'closed', model: artifact(50), closeLeaf: hex(21), weightsSha256: hex(31), serverStateSha256: hex(32), closedAtMs: 1_760_000_001_000 });
      for (const one of [round('r', 2, 1), round('r', 1, 1), round('r', 1, 2), closed, round('s', 1, 1)]) await write((tx) => storage.rounds.save(tx, one));
      expect(await storage.rounds.get('r', 1)).toEqual(closed);
      expect(await storage.rounds.get('r', 1, 1)).toEqual(round('r', 1, 1));
      expect(await storage.rounds.get('r', 9)).toBeUndefined();
      expect((await storage.rounds.list('r')).map((one) => [one.round, one.attempt])).toEqual([[1, 1], [1, 2], [2, 1]]);
      expect((await storage.rounds.list('r', { limit: 1 })).length).toBe(1);
      expect((await storage.rounds.list('r', { afterRound: 1, limit: 9 })).map((one) => one.round)).toEqual([2]);
      expect(await storage.rounds.byModel(hex(50))).toEqual([closed]);
      expect(await storage.rounds.byModel(hex(10))).toEqual([]);
    });

    it('keeps every part of a contributor, silences too, and pages newest first', async () => {
      const silent = update(2, { commit: null, update: null, examples: 0, metrics: {}, outcome: 'silent', reason: 'deadline' });
      for (const one of [update(1), silent, update(3), update(3, { contributor: hex(41), commit: hex(999) })]) await write((tx) => storage.rounds.saveUpdate(tx, one));
      const accepted = update(1, { outcome: 'accepted', verdictLeaf: hex(5), weight: 600 });
      await write((tx) => storage.rounds.saveUpdate(tx, accepted));
      expect(await storage.rounds.updates('r', 1, 1)).toEqual([accepted]);
      expect(await storage.rounds.updates('r', 2, 1)).toEqual([silent]);
      expect(await storage.rounds.updateByCommit(hex(101))).toEqual(accepted);
      for (const unknown of [hex(7), '']) expect(await storage.rounds.updateByCommit(unknown)).toBeUndefined();
      const pages: number[][] = [];
      for (let after: string | undefined; ; ) {
        const page = await storage.rounds.updatesOf(hex(40), { limit: 2, ...(after === undefined ? {} : { after }) });
        if (page.length === 0) break;
        pages.push(page.map((one) => one.round));
        after = updateCursor(page.at(-1)!);
      }
      expect(pages).toEqual([[3, 2], [1]]);
      expect(await storage.rounds.updatesOf(hex(40), { limit: 9, after: 'no cursor' })).toEqual([]);
      // Another contributor's row is no place to go on from.
      expect(await storage.rounds.updatesOf(hex(40), { limit: 9, after: updateCursor(update(3, { commit: hex(999) })) })).toEqual([]);
    });

    it('knows which blobs are published', async () => {
      await write((tx) => storage.rounds.save(tx, round('p', 1, 1, { base: artifact(300), model: artifact(310), candidatesSha256: hex(320), weightsSha256: hex(330), serverStateSha256: hex(350) })));
      await write((tx) => storage.runs.create(tx, run('published', { planSha256: hex(340) })));
      for (const n of [300, 310, 320, 330, 340, 350]) expect(await storage.rounds.isPublished(hex(n))).toBe(true);
      for (const n of [301, 201, 399]) expect(await storage.rounds.isPublished(hex(n))).toBe(false);
    });

    it('lists evaluations of a run or a round', async () => {
      const evaluation = (n: number, leaf: number): StoredEvaluation => ({ run: 'r', round: n, model: hex(50), evaluator: hex(60), examples: 10_000, metrics: { accuracy: '0.975' }, leaf: hex(leaf) });
      for (const one of [evaluation(2, 71), evaluation(1, 70), evaluation(1, 72), evaluation(1, 70)]) await write((tx) => storage.rounds.saveEvaluation(tx, one));
      expect(await storage.rounds.evaluations('r')).toEqual([evaluation(1, 70), evaluation(1, 72), evaluation(2, 71)]);
      expect(await storage.rounds.evaluations('r', 2)).toEqual([evaluation(2, 71)]);
      expect(await storage.rounds.lastEvaluated('r')).toBe(2);
      expect(await storage.rounds.lastEvaluated('another')).toBeUndefined();
    });
  });

  describe('ContributorStore', () => {
    const contributor = (n: number, change: Partial<StoredContributor> = {}): StoredContributor => ({
      keyId: hex(n), key: hex(n + 1), name: `Site ${n}`, role: 'contributor', enrolLeaf: hex(n + 2), enrolledAtMs: 1_760_000_000_000 + n, revokedAtMs: null, resource: null, ...change,
    });
    const invitation: StoredInvitation = { id: 'i', secretHash: hex(80), role: 'evaluator', createdAtMs: 1, expiresAtMs: 2, usedBy: null, revokedAtMs: null };

    it('keeps contributors in the order of their enrolment', async () => {
      for (const n of [9, 3, 7]) await write((tx) => storage.contributors.save(tx, contributor(n)));
      const changed = contributor(9, { resource: { backend: 'wasm', memory: 3 }, revokedAtMs: 5 });
      await write((tx) => storage.contributors.save(tx, changed));
      expect(await storage.contributors.list()).toEqual([changed, contributor(3), contributor(7)]);
      expect(await storage.contributors.list({ after: hex(9), limit: 1 })).toEqual([contributor(3)]);
      expect(await storage.contributors.list({ after: hex(1), limit: 1 })).toEqual([]);
      expect(await storage.contributors.get(hex(9))).toEqual(changed);
      await write((tx) => storage.contributors.save(tx, contributor(9)));
      expect(await storage.contributors.get(hex(9))).toEqual(contributor(9));
      expect(await storage.contributors.get(hex(8))).toBeUndefined();
    });

    it('admits one key per invitation, however many try at once', async () => {
      await write((tx) => storage.contributors.createInvitation(tx, invitation));
      const tries = await Promise.all(
        Array.from({ length: 8 }, (_, n) =>
          write(async (tx) => {
            const locked = (await storage.contributors.lockInvitation(tx, hex(80)))!;
            if (locked.usedBy !== null) return false;
            await storage.contributors.useInvitation(tx, locked.id, hex(n));
            return true;
          }),
        ),
      );
      expect(tries.filter(Boolean).length).toBe(1);
      expect(await write((tx) => storage.contributors.lockInvitation(tx, hex(81)))).toBeUndefined();
      await expect(write((tx) => storage.contributors.createInvitation(tx, { ...invitation, id: 'j' }))).rejects.toThrow();
    });
  });

  describe('OutboxStore', () => {
    it('holds effects in the order they were asked for until each is done', async () => {
      const entry = (id: string, payload: unknown) => ({ id, kind: 'invite', payload, dueAtMs: 1_760_000_000_000 });
      await write(async (tx) => {
        for (const [id, payload] of [['b', { x: [1, 'ü'] }], ['a', null], ['c', 'text']] as const) await storage.outbox.add(tx, entry(id, payload));
      });
      await write((tx) => storage.outbox.add(tx, entry('a', 'asked for again')));
      expect(await storage.outbox.pending(10)).toEqual([entry('b', { x: [1, 'ü'] }), entry('a', null), entry('c', 'text')]);
      expect((await storage.outbox.pending(1)).map(({ id }) => id)).toEqual(['b']);
      await write((tx) => storage.outbox.complete(tx, 'b'));
      await write((tx) => storage.outbox.complete(tx, 'b'));
      expect((await storage.outbox.pending(10)).map(({ id }) => id)).toEqual(['a', 'c']);
      expect(await storage.outbox.get('b')).toEqual({ ...entry('b', { x: [1, 'ü'] }), done: true });
      expect(await storage.outbox.get('a')).toEqual({ ...entry('a', null), done: false });
      await write((tx) => storage.outbox.add(tx, entry('b', 'asked for after it was done')));
      expect((await storage.outbox.get('b'))?.done).toBe(true);
      expect(await storage.outbox.get('unknown')).toBeUndefined();
    });
  });
});
