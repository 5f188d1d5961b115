import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fedseal } from './fedseal.testing.js';
import { TestFederation } from './test-federation.testing.js';

describe('who belongs to a federation', () => {
  let federation: TestFederation;
  const home = (name: string) => join(federation.home, 'workers', name);
  const keyOf = async (name: string) => (JSON.parse(await readFile(join(home(name), 'worker.json'), 'utf8')) as { keyId: string }).keyId;
  const here = (...args: string[]) => fedseal(...args, '--home', federation.home);
  const online = async (keyId: string) => {
    await federation.event((event) => event.name === 'worker.online.v1' && event.data.contributor === keyId);
  };

  beforeAll(async () => {
    federation = await TestFederation.create();
    await federation.startCoordinator();
    await federation.startWorker('clinic-1', 'contributor');
    await federation.startWorker('clinic-2', 'contributor');
    await federation.createRun({ name: 'before', rounds: 1, evaluation: { central: false } });
    await federation.ended('before');
  });
  afterAll(() => federation?.close());

  it('changes while a worker is stopped: it trains on under its next key', async () => {
    const former = await keyOf('clinic-1');
    const running = await fedseal('contributor', 'rotate', '--home', home('clinic-1'));
    expect([running.status, running.stderr]).toEqual([3, expect.stringContaining('stop it first')]);
    await federation.stopWorker('clinic-1');
    const rotated = await fedseal('contributor', 'rotate', '--home', home('clinic-1'), '--format', 'json');
    expect(rotated.status).toBe(0);
    const next = await keyOf('clinic-1');
    expect(JSON.parse(rotated.stdout)).toMatchObject({ keyId: next, former });
    expect(next).not.toBe(former);
    expect(await readdir(home('clinic-1'))).not.toContain('worker.key.next');
    await federation.startWorker('clinic-1', 'contributor');
    await online(next);
    await federation.createRun({ name: 'after', rounds: 1, evaluation: { central: false } });
    expect(await federation.ended('after')).toMatchObject({ status: 'completed', closed: 1 });
    const listed = await here('contributor', 'list');
    expect(listed.stdout).toMatch(new RegExp(`${former} +contributor +clinic-1 +ended`));
    expect(listed.stdout).toMatch(new RegExp(`${next} +contributor +clinic-1 +online`));
    expect((await fedseal('receipt', 'list', '--home', home('clinic-1'))).status).toBe(0);
  });

  it('loses a worker whose key the operator revokes', async () => {
    const clinic = await federation.startWorker('clinic-3', 'contributor');
    await federation.event((event) => event.name === 'worker.online.v1' && event.data.name === 'clinic-3');
    const keyId = await keyOf('clinic-3');
    const revoked = await here('contributor', 'revoke', keyId, '--reason', 'key-copied');
    expect([revoked.status, revoked.stdout]).toEqual([0, expect.stringContaining(`The key ${keyId} is revoked`)]);
    expect((await clinic.exited).code).not.toBe(0);
    expect((await here('contributor', 'revoke', keyId, '--reason', 'key-copied')).status).toBe(1);
    expect((await here('contributor', 'revoke', 'nobody', '--reason', 'x')).status).toBe(2);
  });

  it('lets a worker end its own key', async () => {
    await federation.stopWorker('clinic-2');
    expect((await fedseal('contributor', 'leave', '--reason', 'trial-over', '--home', home('clinic-2'))).status).toBe(0);
    expect((await here('contributor', 'list')).stdout).toMatch(/clinic-2 +ended/);
  });

  it('names nodes and remarks on the chain, which verifies and passes an audit with all of it', async () => {
    const key = '11'.repeat(32);
    const node = ['node', 'add', '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c', '--role', 'witness', '--address', 'https://witness.example.org'];
    expect((await here(...node)).status).toBe(0);
    expect((await here('node', 'remove', '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c')).status).toBe(0);
    expect((await here('node', 'remove', key)).status).toBe(1);
    const remark = JSON.parse((await here('annotate', key, 'Nothing to correct.', '--format', 'json')).stdout) as { leafHash: string };
    const bundle = join(federation.home, 'bundle');
    await sealed(federation, remark.leafHash);
    expect((await federation.export(bundle)).status).toBe(0);
    const verified = await fedseal('verify', bundle);
    expect([verified.status, verified.stdout]).toEqual([0, expect.stringContaining('contributors  1 of 4 enrolled keys in force')]);
    expect((await fedseal('audit', bundle)).status).toBe(0);
  });
});

/** Waits for the block that holds a leaf. */
async function sealed(federation: TestFederation, leafHash: string): Promise<void> {
  const api = await federation.api;
  for (let height = 0; ; height += 1) {
    await federation.event((event) => event.name === 'block.sealed.v1' && event.data.height >= height);
    const block = await api.get<{ leaves: { hash: string }[] }>(`/v1/blocks/${height}`);
    if (block.leaves.some(({ hash }) => hash === leafHash)) return;
  }
}
