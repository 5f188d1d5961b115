import { join } from 'node:path';
import { childEnvironment } from '../config/cli-config.js';
import { Child } from '../processes/child.js';
import { COORDINATOR } from '../processes/entry-points.js';

export interface DatabaseAudit {
  readonly chainVerified: boolean;
  readonly aggregatesReproduced: boolean;
  readonly problem: string | null;
  /** Rounds by whether their updates were kept; null where the audit failed. */
  readonly rebuilt: { readonly reproduced: number; readonly notKept: number } | null;
}

/** Audits the federation's own rows in a process of its own, as `fedseal audit` does. */
export async function auditDatabase(home: string): Promise<DatabaseAudit> {
  const lines: string[] = [];
  const child = new Child({
    entry: COORDINATOR,
    args: ['audit', '--format', 'json'],
    env: childEnvironment({ FEDSEAL_HOME: home, FEDSEAL_LOG_LEVEL: 'warn' }),
    logFile: join(home, 'logs', 'audit.log'),
    onLine: (line) => lines.push(line),
  });
  const { code } = await child.exited;
  if (code === 0) return { chainVerified: true, aggregatesReproduced: true, problem: null, rebuilt: countRounds(lines.join('\n')) };
  const { rule, message } = readFault(lines.join('\n'));
  // Rules of these names are about blobs and rebuilt models; by then every header and leaf before them has passed.
  return {
    chainVerified: rule !== undefined && /^(audit|blob)\./.test(rule),
    aggregatesReproduced: false,
    problem: message ?? `The audit ended with status ${code}:\n${await child.logTail()}`,
    rebuilt: null,
  };
}

function countRounds(text: string): NonNullable<DatabaseAudit['rebuilt']> {
  const { rounds } = JSON.parse(text) as { rounds: { status: string }[] };
  const reproduced = rounds.filter(({ status }) => status === 'reproduced').length;
  return { reproduced, notKept: rounds.length - reproduced };
}

function readFault(text: string): { rule?: string; message?: string } {
  try {
    return JSON.parse(text) as { rule?: string; message?: string };
  } catch {
    return {};
  }
}
