import { arch, availableParallelism, cpus, platform, totalmem } from 'node:os';
import { toHex } from '@fedseal/chain/bytes';
import type { Crypto, Signer } from '@fedseal/chain/crypto/crypto';
import { signLeaf } from '@fedseal/chain/leaf/sign-leaf';
import type { JsonFile } from '../home/json-file.js';
import { isDuplicate, submitPatiently, type DeliveryParts } from '../rounds/delivery.js';
import { decimalText } from '../rounds/decimal-text.js';
import type { Report } from '../output/worker-events.js';
import { deviceText, isSameOffer, type Resource } from './resource.js';
import { readManifest, softwareDigest } from './software-digest.js';

/** What this worker offers now, apart from the speed that has to be measured. */
export async function describeOffer(
  crypto: Crypto,
  chain: string,
  keyId: Uint8Array,
  backend: string,
): Promise<Omit<Resource, 'imagesPerSecond'>> {
  const device = deviceText({
    platform: platform(), arch: arch(), cpuModel: cpus()[0]?.model ?? '', cpus: availableParallelism(), memoryBytes: totalmem(),
  });
  return {
    chain, contributor: toHex(keyId), device, backend, memoryBytes: totalmem(),
    software: softwareDigest(crypto, await readManifest(), backend, process.version),
  };
}

export interface RegistrationParts {
  readonly file: JsonFile<Resource>;
  readonly signer: Signer;
  readonly submit: DeliveryParts['submit'];
  readonly backOff: DeliveryParts['backOff'];
  readonly random: () => number;
  readonly report: Report;
}

/** The speed is measured only when it will be registered: a second start on the same machine loses no time. */
export async function completeOffer(
  file: JsonFile<Resource>,
  offer: Omit<Resource, 'imagesPerSecond'>,
  measure: () => Promise<number>,
): Promise<{ resource: Resource; changed: boolean }> {
  const known = await file.read();
  if (known && isSameOffer(known, offer)) return { resource: known, changed: false };
  const imagesPerSecond = decimalText(Math.round(await measure())) ?? '0';
  return { resource: { ...offer, imagesPerSecond }, changed: true };
}

/** Signs and submits a changed offer; what the coordinator took is remembered, so that it is sent once. */
export async function registerResource(parts: RegistrationParts, resource: Resource, signal: AbortSignal): Promise<void> {
  const answer = await submitPatiently(parts, signLeaf('resource.register', resource, [parts.signer]), signal);
  if (answer.ok || isDuplicate(answer.code)) {
    await parts.file.write(resource);
    return;
  }
  parts.report({ event: 'notice', code: answer.code, message: `The coordinator did not take this worker's resources: ${answer.message}` });
}
