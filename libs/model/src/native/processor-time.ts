/// <reference types="node" />

/** Seconds of processor time of this process while `work` ran: other processes on the machine make no difference to it. */
export function processorSeconds(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}
