import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { RunPlanRequest } from '@fedseal/protocol/plan';
import { z } from 'zod';
import { CliError, EXIT } from '../cli-error.js';
import type { SimulateOptions } from './options.js';

/** What makes a simulation the one it is: what `--resume` must find unchanged. Processes and threads may change. */
const simulationRecord = z.strictObject({
  version: z.literal(1),
  run: z.string(),
  /** SHA-256 of the plan as it is posted. */
  plan: z.string(),
  clients: z.int(),
  data: z.string(),
  examples: z.int().nullable(),
  testExamples: z.int().nullable(),
  partition: z.string(),
  seed: z.int(),
  backend: z.string(),
});
export type SimulationRecord = z.infer<typeof simulationRecord>;

const FILE = 'simulation.json';

export function recordOf(plan: RunPlanRequest, options: SimulateOptions): SimulationRecord {
  const synthetic = options.data === 'synthetic';
  const { clients, data, partition, seed, backend } = options;
  return {
    version: 1, run: plan.name,
    plan: createHash('sha256').update(JSON.stringify(plan)).digest('hex'),
    clients, data, partition, seed, backend,
    examples: synthetic ? options.examples : null,
    testExamples: synthetic ? options.testExamples : null,
  };
}

/**
 * Begins a simulation in an empty folder, or finds the one that is to be resumed.
 * @throws CliError `simulation.exists`, `simulation.other`, `home.unusable`
 */
export function openRecord(home: string, wanted: SimulationRecord, resume: boolean): void {
  const file = join(home, FILE);
  const known = existsSync(file) ? readRecord(file) : undefined;
  if (known === undefined) {
    if (existsSync(join(home, 'operator.key'))) {
      throw new CliError('simulation.exists', `${home} holds a federation that is no simulation; name another folder with --home.`, EXIT.environment);
    }
    // Nothing was begun yet, so there is nothing that resuming could lose.
    create(home, file, wanted);
    return;
  }
  if (!resume) {
    throw new CliError('simulation.exists', `${home} holds a simulation already; go on with it by --resume, or name another folder with --home.`, EXIT.environment);
  }
  const other = (Object.keys(wanted) as (keyof SimulationRecord)[]).filter((key) => wanted[key] !== known[key]);
  if (other.length > 0) {
    throw new CliError('simulation.other', `The simulation in ${home} was begun with other settings (${other.map((key) => `${key}: ${String(known[key])}`).join(', ')}); repeat them, or name another folder with --home.`, EXIT.usage);
  }
}

function create(home: string, file: string, record: SimulationRecord): void {
  try {
    mkdirSync(home, { recursive: true });
    writeFileSync(file, `${JSON.stringify(record, null, 2)}\n`);
  } catch (cause) {
    throw new CliError('home.unusable', `The folder ${home} cannot be used: ${(cause as Error).message}. Name another with --home.`, EXIT.environment, { cause });
  }
}

function readRecord(file: string): SimulationRecord {
  try {
    return simulationRecord.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw new CliError('simulation.record', `${file} is not what this command writes; name another folder with --home.`, EXIT.environment, { cause });
  }
}
