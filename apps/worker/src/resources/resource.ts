import type { Payload } from '@fedseal/chain/leaf/payloads';

export type Resource = Payload<'resource.register'>;

/** What this machine says of itself: no host name, no user, no address. */
export interface MachineFacts {
  readonly platform: string;
  readonly arch: string;
  readonly cpuModel: string;
  readonly cpus: number;
  readonly memoryBytes: number;
}

/** Such as `linux x64, AMD EPYC 7B13, 2 threads`: within a public name's 80 printable characters. */
export function deviceText({ platform, arch, cpuModel, cpus }: MachineFacts): string {
  const tail = `, ${cpus} ${cpus === 1 ? 'thread' : 'threads'}`;
  const model = cpuModel.replace(/[^\x20-\x7e]+/g, ' ').replace(/\s+/g, ' ').trim();
  const head = model === '' ? `${platform} ${arch}` : `${platform} ${arch}, ${model}`;
  return head.slice(0, 80 - tail.length).trimEnd() + tail;
}

/** Whether the offer is another one than before. A speed measured anew always differs a little and is no change by itself. */
export function isSameOffer(a: Resource, b: Omit<Resource, 'imagesPerSecond'>): boolean {
  return a.chain === b.chain && a.contributor === b.contributor && a.device === b.device && a.backend === b.backend
    && a.memoryBytes === b.memoryBytes && a.software === b.software;
}
