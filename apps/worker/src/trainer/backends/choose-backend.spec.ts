import { execFile } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { unavailable, type Backend } from './backend.js';
import { chooseBackend } from './choose-backend.js';
import { hasVulkanLoader } from './vulkan-loader.js';

const absent = (name: string, why: string): Backend => ({ name, open: async () => unavailable(why) });
const present = (name: string, detail: string): Backend => ({ name, open: async () => ({ available: true, detail, activate: async () => undefined }) });

describe('chooseBackend', () => {
  it('takes the first that works and says why those before it were not taken', async () => {
    const chosen = await chooseBackend('auto', [absent('a', 'not installed'), absent('b', 'no adapter'), present('c', 'fast'), present('d', 'slow')]);
    expect(chosen).toMatchObject({ name: 'c', reason: 'fast (a: not installed; b: no adapter)' });
  });

  it('says what to do when the one asked for is not there', async () => {
    await expect(chooseBackend('webgpu', [absent('webgpu', 'no adapter')])).rejects.toMatchObject({
      code: 'backend.unavailable', message: 'The backend webgpu does not work here (webgpu: no adapter); use --backend auto.',
    });
  });

  it('always finds one', async () => {
    const { name, reason } = await chooseBackend('auto');
    expect(['tfjs-node-gpu', 'tfjs-node', 'webgpu', 'wasm']).toContain(name);
    expect(reason).not.toContain('\n');
  });

  it('opens for several at once', async () => {
    const opened = await Promise.all((['wasm', 'cpu', 'wasm', 'auto'] as const).map((choice) => chooseBackend(choice)));
    expect(opened.slice(0, 3).map(({ name }) => name)).toEqual(['wasm', 'cpu', 'wasm']);
  });

  it('leaves no handler for uncaught errors on the process', async () => {
    const counts = () => [process.listenerCount('uncaughtException'), process.listenerCount('unhandledRejection')];
    const before = counts();
    await chooseBackend('wasm');
    expect(counts()).toEqual(before);
  });
});

/** Opens WebGPU in a process of its own: what the driver does must not reach this one. */
const openWebgpu = `
  const { chooseBackend } = await import(${JSON.stringify(new URL('../../../dist/trainer/backends/choose-backend.js', import.meta.url).href)});
  try {
    process.stdout.write('opened ' + (await chooseBackend('webgpu')).reason);
  } catch (error) {
    process.stdout.write(error.code + ' ' + error.message + ' ' + ('navigator' in globalThis && 'gpu' in navigator));
  }
  process.exit();
`;

describe('WebGPU', () => {
  it('answers whatever this machine has: an adapter opens, and none is no crash and leaves no trace', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', openWebgpu], { cwd: import.meta.dirname });
    expect(stdout).toMatch(/^(opened .+|backend\.unavailable The backend webgpu does not work here \(webgpu: .+\); use --backend auto\. false)$/);
  });

  it('is asked only where a Vulkan loader is', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'vulkan-'));
    const cache = join(folder, 'ld.so.cache');
    expect(hasVulkanLoader('linux', cache, [folder])).toBe(false);
    await writeFile(cache, 'libc.so.6\0libvulkan.so.1\0');
    expect(hasVulkanLoader('linux', cache, [])).toBe(true);
    await writeFile(join(folder, 'libvulkan.so.1'), '');
    expect(hasVulkanLoader('linux', join(folder, 'none'), [folder])).toBe(true);
    expect(hasVulkanLoader('darwin', join(folder, 'none'), [])).toBe(true);
  });
});
