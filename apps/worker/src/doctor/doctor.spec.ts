import { execFile } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { DOCTOR_HELP, runDoctor } from './doctor.js';
import { judge, type Probe } from './findings.js';
import { machineFacts } from './machine-facts.js';
import { reportText } from './report-text.js';
import { runProbe } from './run-probe.js';

const absent: Probe = { available: false, why: 'not installed', remedy: 'npm install it' };
const works = (imagesPerSecond: number, onlyOnRequest?: string): Probe => ({
  available: true, detail: 'of some kind', imagesPerSecond, batchSize: 64, ...(onlyOnRequest === undefined ? {} : { onlyOnRequest }),
});

describe('the doctor\'s findings', () => {
  it('choose the first that works, and keep the reason and remedy of the others', () => {
    expect(judge([['a', absent], ['b', works(100)], ['c', works(200)]], true)).toEqual([
      { backend: 'a', state: 'unavailable', reason: 'not installed', remedy: 'npm install it', imagesPerSecond: null, batchSize: null },
      { backend: 'b', state: 'chosen', reason: 'of some kind', remedy: null, imagesPerSecond: 100, batchSize: 64 },
      { backend: 'c', state: 'available', reason: 'of some kind', remedy: null, imagesPerSecond: 200, batchSize: 64 },
    ]);
  });

  it('pass over what works on request alone, unless it was asked for', () => {
    const soft = works(5, 'only a software adapter answered');
    expect(judge([['webgpu', soft], ['wasm', works(100)]], true).map(({ state, reason }) => [state, reason])).toEqual([
      ['on-request', 'only a software adapter answered (of some kind)'], ['chosen', 'of some kind'],
    ]);
    expect(judge([['webgpu', soft]], false)[0]!.state).toBe('chosen');
  });
});

describe('the doctor\'s report', () => {
  const facts = {
    node: 'v20.19.0', platform: 'linux x64', glibc: '2.36', cpu: 'AMD EPYC', threads: 1, memoryBytes: 8 * 2 ** 30,
    vulkanLoader: true, vulkanDrivers: ['lvp_icd.json'], nvidiaDriver: null,
  };

  it('has one line of facts, one of graphics, one a backend with its figure, and the outcome', () => {
    const text = reportText('auto', facts, judge([['tfjs-node', absent], ['webgpu', works(1500)], ['wasm', works(2000.4)]], true));
    expect(text.split('\n').map((line) => line.trimEnd())).toEqual([
      'Node v20.19.0 on linux x64, glibc 2.36, AMD EPYC, 1 thread, 8.0 GiB',
      'Vulkan: loader found, lvp_icd.json; NVIDIA driver: none',
      '',
      '  tfjs-node      no          not installed',
      '                             to have it: npm install it',
      '> webgpu         chosen      of some kind; 1500 images/s at batch 64',
      '  wasm           works       of some kind; 2000 images/s at batch 64',
      '',
      '--backend auto takes webgpu. For this small model wasm was faster: --backend wasm takes it.',
      '',
    ]);
  });

  it('names what hides a graphics card in a container', () => {
    const hidden = { ...facts, nvidiaDriver: '550.54.15' };
    expect(reportText('auto', hidden, [])).toContain('NVIDIA_DRIVER_CAPABILITIES must include graphics');
    expect(reportText('auto', { ...hidden, vulkanDrivers: ['nvidia_icd.json'] }, [])).not.toContain('CAPABILITIES');
  });

  it('reads its facts from the machine', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'facts-'));
    await writeFile(join(folder, 'nvidia_icd.json'), '{}');
    await writeFile(join(folder, 'README'), '');
    await writeFile(join(folder, 'version'), 'NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5\nGCC version: 12\n');
    expect(await machineFacts([folder, join(folder, 'none')], join(folder, 'version'))).toMatchObject({
      node: process.version, vulkanDrivers: ['nvidia_icd.json'], nvidiaDriver: '550.54.15',
    });
    expect((await machineFacts([], join(folder, 'none'))).nvidiaDriver).toBeNull();
  });
});

describe('a probe', () => {
  const program = async (text: string) => {
    const file = join(await mkdtemp(join(tmpdir(), 'probe-')), 'probe.mjs');
    await writeFile(file, text);
    return file;
  };

  it('that crashes, fails or hangs is a finding', async () => {
    expect(await runProbe('x', await program(`process.kill(process.pid, 'SIGSEGV');`))).toEqual({ available: false, why: 'its process was ended by SIGSEGV' });
    expect(await runProbe('x', await program(`throw new RangeError('out of luck');`))).toEqual({ available: false, why: 'its process failed: RangeError: out of luck' });
    expect(await runProbe('x', await program(`setInterval(() => undefined, 1000);`), 300)).toEqual({ available: false, why: 'it gave no answer in 0.3 s' });
  });

  it('of WASM measures it', async () => {
    expect(await runProbe('wasm')).toEqual({ available: true, detail: 'WebAssembly SIMD on one thread', imagesPerSecond: expect.any(Number), batchSize: 64 });
  });
});

describe('fedseal worker doctor', () => {
  const doctor = async (argv: string[], probes: Record<string, Probe>) => {
    let text = '';
    const asked: string[] = [];
    const status = await runDoctor(argv, (part) => { text += part; }, async (name) => { asked.push(name); return probes[name] ?? absent; });
    return { status, text, asked };
  };

  it('looks at every backend in the automatic order, and ends with 0 when a worker would train', async () => {
    const { status, text, asked } = await doctor(['--format', 'json'], { wasm: works(10), cpu: works(1) });
    expect(asked).toEqual(['tfjs-node-gpu', 'tfjs-node', 'webgpu', 'wasm', 'cpu']);
    expect(status).toBe(0);
    expect(JSON.parse(text)).toMatchObject({ asked: 'auto', chosen: 'wasm', machine: { node: process.version } });
  });

  it('looks at the one asked for, and ends with 1 when it does not work', async () => {
    const { status, text, asked } = await doctor(['--backend', 'tfjs-node'], {});
    expect(asked).toEqual(['tfjs-node-gpu', 'tfjs-node']);
    expect(status).toBe(1);
    expect(text).toContain('--backend tfjs-node does not work here.');
    expect(await doctor(['--backend', 'webgpu'], { webgpu: works(5, 'software') })).toMatchObject({ status: 0 });
  });

  it('tells its flags and statuses, and refuses others', async () => {
    expect((await doctor(['--help'], {})).text).toBe(DOCTOR_HELP);
    await expect(doctor(['--backend', 'cuda'], {})).rejects.toMatchObject({ code: 'usage.backend' });
    await expect(doctor(['--format', 'xml'], {})).rejects.toMatchObject({ code: 'usage.format' });
    await expect(doctor(['--colour'], {})).rejects.toMatchObject({ code: 'usage.flag' });
    const file = new URL('../../dist/doctor/doctor-program.js', import.meta.url);
    await expect(promisify(execFile)(process.execPath, [file.pathname, '--colour'])).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('[usage.flag]') });
  });
});
