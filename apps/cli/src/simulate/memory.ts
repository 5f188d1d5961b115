import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';

/** Resident memory of a process, by name; MiB, one decimal. */
export type MemoryMiB = Readonly<Record<string, number>>;

/** Reading every process of the system takes some 10 ms. */
const SAMPLE_EVERY_MS = 5000;

/** Samples the resident memory of every process of a simulation, and tells the greatest of each since it was last asked. */
export class MemorySampler {
  private peaks = new Map<string, number>();
  private readonly timer: NodeJS.Timeout;
  private underWay: Promise<void> | undefined;

  /** @param roots pids by name; the processes that one started count as `name/children`, such as the database's */
  constructor(private readonly roots: () => Readonly<Record<string, number | undefined>>) {
    this.timer = setInterval(() => void this.sample(), SAMPLE_EVERY_MS);
    this.timer.unref();
  }

  /** The peaks since the last call. */
  async take(): Promise<MemoryMiB> {
    await this.sample();
    const peaks = Object.fromEntries([...this.peaks].map(([name, kib]) => [name, Math.round((kib / 1024) * 10) / 10]));
    this.peaks = new Map();
    return peaks;
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private sample(): Promise<void> {
    this.underWay ??= this.read().finally(() => (this.underWay = undefined));
    return this.underWay;
  }

  private async read(): Promise<void> {
    const processes = await listProcesses();
    const roots = Object.entries(this.roots()).flatMap(([name, pid]) => (pid === undefined ? [] : [[name, pid] as const]));
    const named = new Set(roots.map(([, pid]) => pid));
    for (const [name, pid] of roots) {
      const own = processes.get(pid);
      if (own) this.raise(name, own.residentKib);
      const below = descendants(processes, pid, named);
      if (below.length > 0) this.raise(`${name}/children`, below.reduce((sum, each) => sum + each.privateKib, 0));
    }
  }

  private raise(name: string, kib: number): void {
    this.peaks.set(name, Math.max(this.peaks.get(name) ?? 0, kib));
  }
}

export interface ProcessMemory {
  readonly parent: number;
  readonly residentKib: number;
  /** Without memory that processes share, which would count once for each of them; where the system does not tell, all of it. */
  readonly privateKib: number;
}

function descendants(processes: ReadonlyMap<number, ProcessMemory>, root: number, except: ReadonlySet<number>): ProcessMemory[] {
  const found: ProcessMemory[] = [];
  const level = [root];
  for (let parent = level.pop(); parent !== undefined; parent = level.pop()) {
    for (const [pid, process] of processes) {
      if (process.parent !== parent || except.has(pid)) continue;
      found.push(process);
      level.push(pid);
    }
  }
  return found;
}

/** From /proc where there is one, else from `ps`; empty where neither answers. */
export async function listProcesses(): Promise<Map<number, ProcessMemory>> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  if (pids.length > 0) {
    const read = await Promise.all(pids.map(async (pid) => [Number(pid), parseStatus(await readFile(`/proc/${pid}/status`, 'utf8').catch(() => ''))] as const));
    return new Map(read.flatMap(([pid, memory]) => (memory ? [[pid, memory] as const] : [])));
  }
  const table = await new Promise<string>((resolve) => execFile('ps', ['-axo', 'pid=,ppid=,rss='], (_error, stdout) => resolve(stdout)));
  return new Map(table.split('\n').flatMap((line) => {
    const [pid, parent, kib] = line.trim().split(/\s+/).map(Number);
    return pid && kib !== undefined ? [[pid, { parent: parent!, residentKib: kib, privateKib: kib }] as const] : [];
  }));
}

function parseStatus(text: string): ProcessMemory | undefined {
  const field = (name: string) => Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(text)?.[1]);
  const residentKib = field('VmRSS');
  if (!Number.isFinite(residentKib)) return undefined;
  const shared = field('RssFile') + field('RssShmem');
  return { parent: field('PPid'), residentKib, privateKib: Number.isFinite(shared) ? residentKib - shared : residentKib };
}
