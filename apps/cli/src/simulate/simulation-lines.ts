import type { DatabaseAudit } from '../demo/audit-database.js';
import type { CurvePoint } from './curve.js';

/** What `--format json` prints. */
export interface SimulationOutcome extends DatabaseAudit {
  readonly run: { readonly name: string; readonly status: string; readonly reason: string | null; readonly home: string };
  readonly clients: number;
  readonly points: readonly CurvePoint[];
  readonly seconds: number;
}

export function headingLine(): string {
  return '  round  accuracy     loss  seconds  updates  examples  block  memory MiB (peak)                     model';
}

/** One round; memory is that of the coordinator, its database, and the hosts together. */
export function pointLine({ round, accuracy, loss, seconds, updates, examples, block, model, memoryMiB }: CurvePoint): string {
  return [
    `  ${String(round).padStart(5)}`,
    (accuracy === null ? '–' : `${(accuracy * 100).toFixed(2)} %`).padStart(8),
    (loss === null ? '–' : loss.toFixed(4)).padStart(7),
    seconds.toFixed(1).padStart(7),
    String(updates).padStart(7),
    examples.toLocaleString('en').padStart(8),
    `#${block.height}`.padStart(5),
    memoryText(memoryMiB).padEnd(36),
    `${model.slice(0, 16)}…`,
  ].join('  ');
}

function memoryText(memory: CurvePoint['memoryMiB']): string {
  if (Object.keys(memory).length === 0) return '–';
  const sum = (wanted: (name: string) => boolean) =>
    Math.round(Object.entries(memory).reduce((total, [name, mib]) => total + (wanted(name) ? mib : 0), 0));
  const hosts = sum((name) => name.startsWith('host-'));
  return `coordinator ${sum((name) => name === 'coordinator')}, db ${sum((name) => name === 'coordinator/children')}, hosts ${hosts}`;
}

export function summaryLines(outcome: SimulationOutcome, folder: string): string[] {
  const { run, points, chainVerified, aggregatesReproduced, problem, seconds, clients, rebuilt } = outcome;
  const kept = rebuilt === null ? '' : `, ${rebuilt.reproduced} rounds rebuilt, ${rebuilt.notKept} whose updates were not kept`;
  return [
    '',
    `${run.name} ${run.status}${run.status === 'completed' || run.reason === null ? '' : ` (${run.reason})`}: ${points.length} rounds, ${clients} clients, ${seconds} s`,
    `  last model ${points.at(-1)?.model ?? '–'}`,
    `  curve in ${folder}`,
    `  chain ${chainVerified ? 'VERIFIED' : 'NOT VERIFIED'}; aggregates ${aggregatesReproduced ? 'REPRODUCED bit for bit' : 'NOT REPRODUCED'}${kept}`,
    ...(problem === null ? [] : [`  ${problem}`]),
  ];
}
