import { payloadSchemas } from '@fedseal/chain/leaf/payloads';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StubTrainer } from '../testing/stub-trainer.testing.js';
import type { TrainJob, TrainProgress, TrainResult } from '../trainer/trainer.js';
import { measureSpeed } from './measure-speed.js';
import { deviceText, isSameOffer, type Resource } from './resource.js';
import { readManifest, softwareDigest } from './software-digest.js';

const device = payloadSchemas['resource.register'].shape.device;

describe('a machine\'s description', () => {
  it('is readable and holds neither host nor user', () => {
    expect(deviceText({ platform: 'linux', arch: 'x64', cpuModel: 'AMD  EPYC\t7B13', cpus: 2, memoryBytes: 1 })).toBe('linux x64, AMD EPYC 7B13, 2 threads');
    expect(deviceText({ platform: 'linux', arch: 'arm64', cpuModel: '', cpus: 1, memoryBytes: 1 })).toBe('linux arm64, 1 thread');
  });

  it('is a public name whatever the processor calls itself', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), fc.integer({ min: 1, max: 4096 }), (cpuModel, cpus) => {
      device.parse(deviceText({ platform: 'linux', arch: 'x64', cpuModel, cpus, memoryBytes: 1 }));
    }));
  });
});

describe('an offer', () => {
  const offer: Resource = {
    chain: 'a', contributor: 'b', device: 'c', backend: 'wasm', memoryBytes: 1, imagesPerSecond: '100', software: 'd',
  };

  it('changes with the machine or the software, not with a speed measured anew', () => {
    expect(isSameOffer(offer, { ...offer, imagesPerSecond: '101' } as Resource)).toBe(true);
    for (const change of [{ device: 'x' }, { backend: 'webgpu' }, { memoryBytes: 2 }, { software: 'x' }, { contributor: 'x' }, { chain: 'x' }]) {
      expect(isSameOffer(offer, { ...offer, ...change })).toBe(false);
    }
  });

  it('names its software by a digest that follows versions and backend', async () => {
    const manifest = await readManifest();
    expect(manifest.name).toBe('@fedseal/worker');
    const digest = softwareDigest(nodeCrypto, manifest, 'wasm', 'v20.0.0');
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    const others = [
      softwareDigest(nodeCrypto, { ...manifest, version: '9.9.9' }, 'wasm', 'v20.0.0'),
      softwareDigest(nodeCrypto, manifest, 'cpu', 'v20.0.0'),
      softwareDigest(nodeCrypto, manifest, 'wasm', 'v22.0.0'),
      softwareDigest(nodeCrypto, { ...manifest, dependencies: { ...manifest.dependencies, '@tensorflow/tfjs-core': '0' } }, 'wasm', 'v20.0.0'),
    ];
    expect(new Set([digest, ...others]).size).toBe(5);
  });
});

describe('the speed', () => {
  /** Reports for ever, until it is called off. */
  class EndlessTrainer extends StubTrainer {
    job: TrainJob | undefined;
    override async train(job: TrainJob, onProgress: (report: TrainProgress) => void, signal: AbortSignal): Promise<TrainResult> {
      this.job = job;
      onProgress({ done: 0.1, loss: 1, accuracy: 0, imagesPerSecond: 2000 });
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
    }
  }

  it('is that of the last report of a training cut short', async () => {
    const trainer = new EndlessTrainer();
    expect(await measureSpeed(trainer, [28, 28, 1], 10, new AbortController().signal, 1)).toBe(2000);
    expect(trainer.job?.base.map(({ name }) => name)).toContain('conv2d.kernel');
  });

  it('is given up when the worker is stopped', async () => {
    const stopping = new AbortController();
    const measured = measureSpeed(new EndlessTrainer(), [28, 28, 1], 10, stopping.signal, 60_000);
    stopping.abort(new Error('stop'));
    await expect(measured).rejects.toThrow('stop');
  });
});
