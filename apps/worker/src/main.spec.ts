import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelSpec } from '@fedseal/protocol/plan';
import { WORKER_EVENTS } from '@fedseal/protocol/worker-messages';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CRASH_POINTS } from './config/config.js';
import { MiniCoordinator } from './testing/mini-coordinator.testing.js';
import { temporaryHome } from './testing/worker-harness.testing.js';
import { WorkerProcess } from './testing/worker-process.testing.js';

/** Softmax regression on the synthetic digits. */
const regression: ModelSpec = {
  name: 'regression', inputShape: [28, 28, 1], layers: [{ type: 'flatten' }, { type: 'dense', units: 10, activation: 'softmax' }],
};

let coordinator: MiniCoordinator;
let home: Awaited<ReturnType<typeof temporaryHome>>;
const processes: WorkerProcess[] = [];

function launch(args: readonly string[], env: Record<string, string> = {}): WorkerProcess {
  const worker = new WorkerProcess(args, env);
  processes.push(worker);
  return worker;
}

const work = (more: readonly string[] = [], env: Record<string, string> = {}) =>
  launch(['--home', home.home, '--data', 'synthetic', '--examples', '64', '--backend', 'cpu', '--format', 'json', ...more], env);

beforeEach(async () => {
  home = await temporaryHome();
  coordinator = new MiniCoordinator(regression);
  await coordinator.start();
});

afterEach(async () => {
  for (const worker of processes.splice(0)) await worker.stop('SIGKILL');
  await coordinator.stop();
  await home.remove();
});

describe('the worker process', () => {
  it('explains itself, and says what is wrong with its flags', async () => {
    const help = launch(['--help']);
    expect(await help.exit).toMatchObject({ code: 0 });
    expect(help.lines[0]).toContain('Usage:');
    expect(await launch([]).exit).toMatchObject({ code: 2, stderr: expect.stringContaining('--home DIR') });
    expect(await launch([], { FEDSEAL_WORKER_CRASH_AT: 'never' }).exit).toMatchObject({ code: 2 });
  });

  it('trains real data, delivers a leaf that passes every rule, and stops in good order', async () => {
    const worker = work(['--invite', coordinator.invitation(), '--name', 'Ward 3']);
    expect(await worker.event('started')).toMatchObject({ name: 'Ward 3', role: 'contributor' });
    expect(await worker.event('backend')).toMatchObject({ backend: 'cpu', examples: 64 });
    await worker.event('online');
    await coordinator.push(WORKER_EVENTS.invite, coordinator.openRound());
    expect(await worker.event('update')).toMatchObject({ outcome: 'delivered', examples: 64 });
    expect(coordinator.leavesOf('update.commit')).toHaveLength(1);
    expect(await worker.stop('SIGTERM')).toMatchObject({ code: 0, stderr: '' });
    expect(worker.events.at(-1)).toMatchObject({ event: 'stopped' });
  });

  it('prints plain lines in text mode', async () => {
    const worker = launch(['--home', home.home, '--data', 'synthetic', '--examples', '64', '--backend', 'cpu', '--invite', coordinator.invitation()]);
    await coordinator.until(() => coordinator.leavesOf('resource.register').length === 1);
    expect(await worker.stop('SIGINT')).toMatchObject({ code: 0 });
    expect(worker.lines.find((line) => line.includes('online at'))).toMatch(/^\d\d:\d\d:\d\d online at http:/);
  });

  it('ends with status 4 when the invitation is none', async () => {
    expect(await work(['--invite', 'fsinv1.nonsense']).exit).toMatchObject({ code: 4, stderr: expect.stringContaining('[invitation.format]') });
  });

  it.each(CRASH_POINTS)('killed %s, it delivers the same update after a restart without training again', async (crashAt) => {
    const first = work(['--invite', coordinator.invitation()], { FEDSEAL_WORKER_CRASH_AT: crashAt });
    await first.event('online');
    await coordinator.push(WORKER_EVENTS.invite, coordinator.openRound());
    expect(await first.exit).toMatchObject({ code: null, signal: 'SIGKILL' });
    const [file] = (await readdir(join(home.home, 'outbox'))).filter((name) => name.endsWith('.safetensors'));
    expect(coordinator.uploads).toHaveLength(crashAt === 'before-upload' ? 0 : 1);
    expect(coordinator.leavesOf('update.commit')).toHaveLength(crashAt === 'after-commit' ? 1 : 0);

    const second = work();
    expect(await second.event('update')).toMatchObject({ outcome: 'delivered', code: crashAt === 'after-commit' ? 'leaf.duplicate' : 'ok' });
    const phases = second.events.flatMap((event) => (event.event === 'round' ? [event.phase] : []));
    expect(phases).not.toContain('training');
    const [commit] = coordinator.leavesOf('update.commit');
    expect(coordinator.leavesOf('update.commit')).toHaveLength(1);
    expect(`${commit?.payload.update.sha256}.safetensors`).toBe(file);
    expect(coordinator.blobs.has(commit?.payload.update.sha256 ?? '')).toBe(true);
  });
});
