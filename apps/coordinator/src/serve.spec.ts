import { afterEach, describe, expect, it, vi } from 'vitest';
import { startTestCoordinator } from './coordinator.testing.js';
import { HttpEdge } from './http-edge.js';
import { Sealer } from './ledger/sealer.js';
import { Queue } from './queue/queue.js';
import { Database } from './storage/ports/transaction.js';

afterEach(() => vi.restoreAllMocks());

describe('the end of a coordinator', () => {
  it('comes in order: sockets and HTTP, queue, search for blocks, and the database after all of them', async () => {
    const coordinator = await startTestCoordinator();
    const database = coordinator.app.get(Database);
    const order: string[] = [];
    // The real methods run; their beginning and end are written down, and that the database still answers.
    const watch = (owner: object, method: string) => {
      const real = Reflect.get(owner, method) as () => Promise<void>;
      vi.spyOn(owner as Record<string, () => Promise<void>>, method).mockImplementation(async function (this: object) {
        const name = this.constructor.name;
        order.push(`${name} begins`);
        await real.call(this);
        await database.ping();
        order.push(`${name} ended`);
      });
    };
    watch(HttpEdge.prototype, 'close');
    watch(Object.getPrototypeOf(coordinator.app.get(Queue)) as object, 'stop');
    watch(Sealer.prototype, 'stop');
    await coordinator.close();
    expect(order).toEqual([
      'HttpEdge begins', 'HttpEdge ended', 'GraphileQueue begins', 'GraphileQueue ended', 'Sealer begins', 'Sealer ended',
    ]);
    await expect(database.ping()).rejects.toThrow();
  });
});
