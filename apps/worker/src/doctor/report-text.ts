import type { Finding } from './findings.js';
import type { MachineFacts } from './machine-facts.js';

const MARKS = { chosen: 'chosen', available: 'works', 'on-request': 'on request', unavailable: 'no' } as const;

/** The doctor's report for people: facts, one line for each backend in the order tried, and the outcome. */
export function reportText(choice: string, facts: MachineFacts, findings: readonly Finding[]): string {
  return [...factLines(facts), '', ...findings.flatMap(findingLines), '', outcome(choice, findings), ''].join('\n');
}

function factLines(facts: MachineFacts): string[] {
  const library = facts.glibc === null ? 'no glibc' : `glibc ${facts.glibc}`;
  const gib = (facts.memoryBytes / 2 ** 30).toFixed(1);
  const threads = `${facts.threads} ${facts.threads === 1 ? 'thread' : 'threads'}`;
  const drivers = facts.vulkanDrivers.length === 0 ? 'no drivers named' : facts.vulkanDrivers.join(', ');
  const hidden = facts.nvidiaDriver !== null && !facts.vulkanDrivers.some((name) => name.startsWith('nvidia'));
  return [
    `Node ${facts.node} on ${facts.platform}, ${library}, ${facts.cpu}, ${threads}, ${gib} GiB`,
    `Vulkan: ${facts.vulkanLoader ? 'loader found' : 'no loader'}, ${drivers}; NVIDIA driver: ${facts.nvidiaDriver ?? 'none'}`,
    ...(hidden ? ['NVIDIA is here without its Vulkan driver: in a container NVIDIA_DRIVER_CAPABILITIES must include graphics.'] : []),
  ];
}

function findingLines({ backend, state, reason, remedy, imagesPerSecond, batchSize }: Finding): string[] {
  const speed = imagesPerSecond === null ? '' : `; ${figure(imagesPerSecond)} images/s at batch ${batchSize}`;
  const line = `${state === 'chosen' ? '>' : ' '} ${backend.padEnd(14)} ${MARKS[state].padEnd(11)} ${reason}${speed}`;
  return remedy === null ? [line] : [line, `${' '.repeat(29)}to have it: ${remedy}`];
}

function outcome(choice: string, findings: readonly Finding[]): string {
  const chosen = findings.find(({ state }) => state === 'chosen');
  if (!chosen) return `--backend ${choice} does not work here.`;
  const faster = findings.find(({ state, imagesPerSecond }) => state === 'available' && imagesPerSecond! > chosen.imagesPerSecond! * 1.2);
  const hint = faster ? ` For this small model ${faster.backend} was faster: --backend ${faster.backend} takes it.` : '';
  return `--backend ${choice} takes ${chosen.backend}.${hint}`;
}

const figure = (value: number): string => (value >= 100 ? Math.round(value).toString() : value.toPrecision(2));
