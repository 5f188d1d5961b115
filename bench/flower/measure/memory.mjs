/** Memory of a tree of processes: proportional set sizes (shared pages counted once), sampled while it runs. */
import { readFileSync, readdirSync } from 'node:fs';

export class MemoryWatch {
  /**
   * @param {number} root pid
   * @param {(command: string) => string} groupOf name of the row that a process belongs to, by its command
   */
  constructor(root, groupOf, intervalMs = 200) {
    this.peaks = new Map();
    this.root = root;
    this.groupOf = groupOf;
    this.timer = setInterval(() => this.sample(), intervalMs);
  }

  sample() {
    const sums = new Map();
    for (const pid of treeOf(this.root)) {
      const bytes = proportionalBytes(pid);
      if (bytes === 0) continue;
      const group = this.groupOf(commandOf(pid));
      sums.set(group, (sums.get(group) ?? 0) + bytes);
    }
    for (const [group, bytes] of sums) this.peaks.set(group, Math.max(bytes, this.peaks.get(group) ?? 0));
  }

  /** @returns {Record<string, number>} peak of each row, bytes */
  stop() {
    clearInterval(this.timer);
    return Object.fromEntries(this.peaks);
  }
}

function treeOf(root) {
  const children = new Map();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = readText(`/proc/${entry}/stat`);
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    children.set(parent, [...(children.get(parent) ?? []), Number(entry)]);
  }
  const tree = [root];
  for (const pid of tree) tree.push(...(children.get(pid) ?? []));
  return tree;
}

function proportionalBytes(pid) {
  return Number(/^Pss:\s+(\d+) kB$/m.exec(readText(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0) * 1024;
}

const commandOf = (pid) => readText(`/proc/${pid}/cmdline`).replaceAll('\0', ' ');

function readText(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // The process has ended meanwhile.
    return '';
  }
}
