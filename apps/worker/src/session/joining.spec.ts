import { randomBytes } from 'node:crypto';
import { chmod, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toHex } from '@fedseal/chain/bytes';
import { createSigner } from '@fedseal/chain/native/node-signer';
import { WORKER_EVENTS } from '@fedseal/protocol/worker-messages';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MiniCoordinator } from '../testing/mini-coordinator.testing.js';
import { temporaryHome, WorkerHarness } from '../testing/worker-harness.testing.js';

let coordinator: MiniCoordinator;
let home: string;
let removeHome: () => Promise<void>;
const workers: WorkerHarness[] = [];

function start(options: ConstructorParameters<typeof WorkerHarness>[1] = {}): WorkerHarness {
  const worker = new WorkerHarness(home, options);
  workers.push(worker);
  return worker;
}

beforeEach(async () => {
  ({ home, remove: removeHome } = await temporaryHome());
  coordinator = new MiniCoordinator();
  await coordinator.start();
});

afterEach(async () => {
  for (const worker of workers.splice(0)) await worker.stop().catch(() => undefined);
  await coordinator.stop();
  await removeHome();
});

describe('a worker that joins', () => {
  it('enrols its own key, proves both sides, comes online and registers its machine', async () => {
    const worker = start({ invite: coordinator.invitation('contributor'), name: 'Hospital North' });
    const enrolled = await worker.event('enrolled');
    await worker.event('online');
    await coordinator.until(() => coordinator.leavesOf('resource.register').length === 1);

    const [enrolment] = coordinator.leavesOf('contributor.enrol');
    expect(enrolment?.payload).toMatchObject({ name: 'Hospital North', role: 'contributor' });
    expect(enrolment?.signatures).toHaveLength(2);
    const [resource] = coordinator.leavesOf('resource.register');
    expect(resource?.payload).toMatchObject({ contributor: enrolled.keyId, backend: 'stub', imagesPerSecond: '1234' });
    expect(coordinator.chain.rules.views.contributors.get(enrolled.keyId)?.resource).toEqual(resource?.payload);
  });

  it('keeps its key in a file of its own with mode 0600, and uses it again without an invitation', async () => {
    const first = start({ invite: coordinator.invitation() });
    const { keyId } = await first.event('enrolled');
    await first.event('online');
    await coordinator.until(() => coordinator.leavesOf('resource.register').length === 1);
    await first.stop();
    const key = await stat(join(home, 'worker.key'));
    expect(key.mode & 0o777).toBe(0o600);
    const seed = Buffer.from((await readFile(join(home, 'worker.key'), 'utf8')).trim(), 'hex');
    expect(toHex(createSigner(seed).keyId)).toBe(keyId);

    const second = start();
    await second.event('online');
    expect((await second.event('started')).keyId).toBe(keyId);
    expect(second.events.map(({ event }) => event)).not.toContain('enrolled');
    await second.stop();
    // The offer did not change, so it was not sent twice.
    expect(coordinator.submissions.filter(({ kind }) => kind === 'resource.register')).toHaveLength(1);
  });

  it.each([0o640, 0o604, 0o620])('refuses a key file that others may read or write (mode %o)', async (mode) => {
    const first = start({ invite: coordinator.invitation() });
    await first.event('online');
    await first.stop();
    await chmod(join(home, 'worker.key'), mode);
    await expect(start().done).rejects.toMatchObject({ code: 'key.readable-by-others', message: expect.stringContaining('chmod 600') });
  });

  it('refuses a key file that holds something else', async () => {
    const first = start({ invite: coordinator.invitation() });
    await first.event('online');
    await first.stop();
    await writeFile(join(home, 'worker.key'), 'not a key\n');
    await expect(start().done).rejects.toMatchObject({ code: 'key.corrupt' });
  });

  it('says that it needs an invitation', async () => {
    await expect(start().done).rejects.toMatchObject({ code: 'invitation.missing', exitStatus: 4 });
  });

  it('refuses a damaged invitation before it talks to anybody', async () => {
    const code = coordinator.invitation();
    await expect(start({ invite: `${code.slice(0, 40)}x${code.slice(44)}` }).done).rejects.toMatchObject({ code: 'invitation.format' });
    await expect(start({ invite: code.slice(7) }).done).rejects.toMatchObject({ code: 'invitation.format' });
    expect(coordinator.submissions).toHaveLength(0);
  });

  it('does not enter a second federation with the same folder', async () => {
    const first = start({ invite: coordinator.invitation() });
    await first.event('online');
    await first.stop();
    const other = new MiniCoordinator();
    await other.start();
    await expect(start({ invite: other.invitation() }).done).rejects.toMatchObject({ code: 'invitation.other-federation' });
    await other.stop();
  });

  it('finds a coordinator that moved by a new invitation of the same federation', async () => {
    const first = start({ invite: coordinator.invitation() });
    await first.event('online');
    await first.stop();
    await coordinator.stop();
    coordinator.port = 0;
    await coordinator.start();
    const second = start({ invite: coordinator.invitation() });
    expect((await second.event('online')).url).toBe(coordinator.url);
    expect(second.events.map(({ event }) => event)).not.toContain('enrolled');
  });
});

describe('an enrolment that is cut off', () => {
  it('goes on after a restart without the code', async () => {
    const invite = coordinator.invitation('evaluator');
    await coordinator.stop();
    const first = start({ invite, name: 'Lab' });
    await first.event('offline');
    await first.stop().catch(() => undefined);
    await coordinator.start();
    const second = start();
    expect(await second.event('enrolled')).toMatchObject({ name: 'Lab', role: 'evaluator' });
    await second.event('online');
  });

  it('leaves room for another invitation when it was refused', async () => {
    const invite = coordinator.invitation();
    coordinator.refuseEnrolment = 'invitation.expired';
    await expect(start({ invite }).done).rejects.toMatchObject({ code: 'invitation.expired', exitStatus: 4 });
    await expect(start().done).rejects.toMatchObject({ code: 'invitation.missing' });
    coordinator.refuseEnrolment = undefined;
    await start({ invite: coordinator.invitation() }).event('online');
  });

  it('is none for a key that the federation knows already', async () => {
    const first = start({ invite: coordinator.invitation() });
    await first.event('online');
    await first.stop();
    await rm(join(home, 'worker.json'));
    coordinator.refuseEnrolment = 'contributor.enrolled';
    const second = start({ invite: coordinator.invitation() });
    expect(await second.event('enrolled')).toMatchObject({ leafHash: null });
    await second.event('online');
  });
});

describe('the handshake', () => {
  const stranger = createSigner(new Uint8Array(randomBytes(32)));

  it('refuses a server that shows another operator key than the invitation names', async () => {
    coordinator.showOperator = stranger;
    coordinator.signHandshakeAs = stranger;
    await expect(start({ invite: coordinator.invitation() }).done).rejects.toMatchObject({ code: 'session.wrong-operator', exitStatus: 4 });
    expect(coordinator.connected).toBe(0);
  });

  it('refuses a server that shows the right key and cannot sign with it', async () => {
    coordinator.signHandshakeAs = stranger;
    await expect(start({ invite: coordinator.invitation() }).done).rejects.toMatchObject({ code: 'session.bad-signature', exitStatus: 4 });
    expect(coordinator.connected).toBe(0);
  });
});

describe('a connection that ends', () => {
  it('is opened again with a new session', async () => {
    const worker = start({ invite: coordinator.invitation() });
    await worker.event('online');
    coordinator.dropConnections();
    await worker.event('offline', ({ code }) => code === 'connection.lost');
    await worker.event('online', () => true, 2);
  });

  it('is tried until the coordinator is back, with a message for each attempt', async () => {
    const worker = start({ invite: coordinator.invitation() });
    await worker.event('online');
    await coordinator.stop();
    const offline = await worker.event('offline', ({ code }) => code === 'coordinator.unreachable', 3);
    expect(offline.message).toContain('does not answer');
    expect(offline.retryInMs).toBeGreaterThan(0);
    await coordinator.start();
    await worker.event('online', () => true, 2);
  });

  it('is not taken from a worker by another process on the same home folder', async () => {
    const worker = start({ invite: coordinator.invitation() });
    await worker.event('online');
    await expect(start().done).rejects.toMatchObject({ code: 'home.in-use', exitStatus: 1 });
    await worker.stop();
    await start().event('online');
  });

  it('is left to the newer one of two processes with the same key', async () => {
    const worker = start({ invite: coordinator.invitation() });
    await worker.event('online');
    coordinator.tell(WORKER_EVENTS.replaced, { message: 'another one' });
    await expect(worker.done).rejects.toMatchObject({ code: 'session.replaced' });
  });

  it('waits for a coordinator that is not there yet when it enrols', async () => {
    const invite = coordinator.invitation();
    await coordinator.stop();
    const worker = start({ invite });
    await worker.event('offline', () => true, 2);
    await coordinator.start();
    await worker.event('enrolled');
    await worker.event('online');
  });
});
