import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FederationEvents } from '../observability/federation-events.js';
import type { Storage } from '../storage/open-storage.js';
import { Database } from '../storage/ports/transaction.js';
import type { Tx } from '../storage/ports/transaction.js';
import { editRows } from '../storage/testing/edit-rows.testing.js';
import { openTestStorage } from '../storage/testing/test-database.testing.js';
import { openTestLedger } from './ledger.testing.js';
import type { TestLedger } from './ledger.testing.js';
import { Scene } from './scene.testing.js';
import { RETRY_SEAL_MS } from './sealer.js';

/** A connection that can break at the worst moment: just before a commit, or after it and before its answer. */
class BreakingDatabase extends Database {
  fault: 'before-commit' | 'after-commit' | undefined;

  constructor(private readonly real: Database) {
    super();
  }

  override async transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    const { fault } = this;
    this.fault = undefined;
    const result = await this.real.transaction(async (tx) => {
      const outcome = await work(tx);
      if (fault === 'before-commit') throw new Error('the connection broke before the commit');
      return outcome;
    });
    if (fault === 'after-commit') throw new Error('the connection broke after the commit');
    return result;
  }

  override ping(): Promise<void> {
    return this.real.ping();
  }
}

/** A database that rolls a transaction back and runs it again, as one under serialisable isolation does. */
class RetryingDatabase extends Database {
  attempts = 0;

  constructor(private readonly real: Database) {
    super();
  }

  override async transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    const again = new Error('serialisation failure');
    await this.real.transaction(async (tx) => {
      await work(tx);
      this.attempts++;
      throw again;
    }).catch((error: unknown) => {
      if (error !== again) throw error;
    });
    return this.real.transaction(work);
  }

  override ping(): Promise<void> {
    return this.real.ping();
  }
}

describe('the ledger on a connection that breaks', () => {
  let storage: Storage;
  let database: BreakingDatabase;
  let ledger: TestLedger;
  let scene: Scene;

  beforeEach(async () => {
    storage = await openTestStorage();
    database = new BreakingDatabase(storage.database);
    ledger = await openTestLedger(storage, { database });
    scene = new Scene(ledger.service);
  });

  afterEach(async () => {
    await ledger.close();
    await storage.close();
  });

  const enrol = (name: string) => ledger.service.write((write) => write.accept(scene.enrolment(name)));

  /** Lets pending promises, timers of this turn and answers of the database go on until something holds. */
  async function until(holds: () => boolean): Promise<void> {
    while (!holds()) await storage.database.ping();
  }

  it('takes a leaf back whose commit failed, and takes it again', async () => {
    database.fault = 'before-commit';
    await expect(enrol('alice')).rejects.toThrow('before the commit');
    expect(ledger.service.waiting).toBe(0);
    await enrol('alice');
    expect(await storage.ledger.pool()).toHaveLength(1);
  });

  it('finds a leaf that was committed although nobody heard so', async () => {
    const effects: string[] = [];
    database.fault = 'after-commit';
    const unheard = ledger.service.write(async (write) => {
      await write.accept(scene.enrolment('alice'));
      write.afterCommit(() => effects.push('never heard'));
    });
    await expect(unheard).rejects.toThrow('after the commit');
    await expect(enrol('alice')).rejects.toMatchObject({ code: 'leaf.duplicate' });
    await enrol('bob');
    expect(effects).toEqual([]);
    expect(ledger.service.waiting).toBe(2);
    ledger.start();
    await scene.createRun('digits');
    await expect(ledger.service.sealed(await scene.endRun('digits'))).resolves.toEqual({ height: 1, index: 5 });
  });

  it.each(['before-commit', 'after-commit'] as const)('seals once when it breaks %s of a block', async (fault) => {
    await scene.createRun('digits');
    const end = await scene.endRun('digits');
    const sealed = ledger.service.sealed(end);
    database.fault = fault;
    ledger.start();
    await until(() => ledger.timer.delaysMs.includes(RETRY_SEAL_MS));
    expect((await storage.ledger.tip())!.height).toBe(fault === 'before-commit' ? 0 : 1);
    ledger.timer.elapse();
    // Where the block is durable already, the next write learns of it.
    await enrol('alice');
    await expect(sealed).resolves.toEqual({ height: 1, index: 3 });
    expect((await storage.ledger.tip())!.height).toBe(1);
    const again = await openTestLedger(storage);
    expect(again.service.head()).toEqual(ledger.service.head());
    await again.close();
  });

  it('stops for good when sealed blocks are gone from under it', async () => {
    await scene.createRun('digits');
    ledger.start();
    await ledger.service.sealed(await scene.endRun('digits'));
    await editRows(storage.url, 'DELETE FROM "block" WHERE "height" = 1');
    await expect(enrol('alice')).rejects.toMatchObject({ code: 'chain.corrupt', message: expect.stringContaining('block 1: ') });
    await expect(enrol('alice')).rejects.toMatchObject({ code: 'chain.corrupt' });
    expect(await storage.ledger.pool()).toEqual([]);
  });

  it('goes on when somebody who listens fails', async () => {
    const events = new FederationEvents();
    events.listen(() => {
      throw new Error('a listener failed');
    });
    const other = await openTestLedger(storage, { events });
    const otherScene = new Scene(other.service);
    other.start();
    await otherScene.createRun('digits');
    await expect(other.service.sealed(await otherScene.endRun('digits'))).resolves.toMatchObject({ height: 1 });
    await other.close();
  });

  it('gives the same answer when the database runs a transaction twice', async () => {
    const retrying = new RetryingDatabase(storage.database);
    const other = await openTestLedger(storage, { database: retrying });
    other.start();
    const otherScene = new Scene(other.service);
    await otherScene.enrol('alice');
    await otherScene.createRun('digits');
    await expect(other.service.sealed(await otherScene.endRun('digits'))).resolves.toEqual({ height: 1, index: 4 });
    expect(retrying.attempts).toBeGreaterThanOrEqual(4);
    expect(other.events.filter(({ name }) => name === 'block.sealed.v1')).toHaveLength(1);
    await other.close();
    await (await openTestLedger(storage)).close();
  });
});
