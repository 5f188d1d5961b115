import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** What a running server writes about itself into its data folder (`postmaster.pid`; PostgreSQL's `miscinit.c`). */
export interface Postmaster {
  /** 0 while the server has not even written this. */
  readonly pid: number;
  /** Undefined while it has not bound its port yet. */
  readonly port: number | undefined;
  readonly status: string;
  /** Whether the process is beyond doubt the server of this folder, so that it may be stopped. */
  readonly certain: boolean;
}

export function postmasterFile(data: string): string {
  return join(data, 'postmaster.pid');
}

/**
 * @returns the server that runs on this data folder, or `stale` when the file was left behind: its process is gone, or
 * its id now belongs to another program.
 */
export function readPostmaster(data: string): Postmaster | 'stale' | undefined {
  let lines: string[];
  try {
    lines = readFileSync(postmasterFile(data), 'utf8').split('\n').map((line) => line.trim());
  } catch {
    return undefined;
  }
  const pid = Number(lines[0]);
  // Written in steps: an empty file is a server in its first moments.
  if (!Number.isInteger(pid) || pid <= 0) return { pid: 0, port: undefined, status: 'starting', certain: false };
  const program = argumentsOf(pid);
  // Background processes call themselves `postgres: checkpointer` and the like.
  if (!basename(program[0]?.split(':')[0] ?? '').startsWith('postgres')) return 'stale';
  const port = Number(lines[3]);
  return { pid, port: port > 0 ? port : undefined, status: lines[7] || 'starting', certain: program.includes(data) };
}

/** The command line of a living process. One that ended and waits to be collected by its parent has none. */
function argumentsOf(pid: number): string[] {
  if (existsSync('/proc/self/cmdline')) {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    } catch {
      return [];
    }
  }
  const { stdout, status } = spawnSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
  return status === 0 ? splitCommand(stdout.trim()) : [];
}

/** Without a /proc the arguments come as one line: `…/postgres -D FOLDER -c …`. */
function splitCommand(line: string): string[] {
  const [program = '', rest = ''] = line.split(' -D ');
  return [program, rest.split(' -c ')[0]!];
}
