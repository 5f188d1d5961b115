import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { CliError, EXIT } from '../cli-error.js';

/** A worker's home: `promises/`, `receipts/` and `evidence/`, with files named `<run>.<round>.<attempt>`. */
export interface WorkerFolder {
  readonly name: string;
  readonly folder: string;
}

/**
 * @param home a worker's home, or a federation's data folder with homes below `workers/`
 * @throws CliError `receipts.none`
 */
export async function findWorkerHomes(home: string): Promise<WorkerFolder[]> {
  if (await nameOf(home)) return [{ name: (await nameOf(home)) ?? basename(home), folder: home }];
  const names = await readdir(join(home, 'workers')).catch(() => []);
  const found: WorkerFolder[] = [];
  for (const name of names.sort()) {
    const folder = join(home, 'workers', name);
    const own = await nameOf(folder);
    if (own !== undefined) found.push({ name: own, folder });
  }
  if (found.length > 0) return found;
  throw new CliError('receipts.none', `There is no worker's home in ${home}. Name one with --home: the folder that \`fedseal worker start --home\` was given.`, EXIT.usage);
}

/** Files of a folder, by what stands before their ending; none when there is no such folder. */
export async function filesOf(worker: WorkerFolder, folder: 'promises' | 'receipts' | 'evidence'): Promise<Map<string, string>> {
  const names = await readdir(join(worker.folder, folder)).catch(() => []);
  const files = names.filter((name) => name.endsWith('.json')).sort(byRound);
  return new Map(files.map((name) => [name.slice(0, -'.json'.length), join(worker.folder, folder, name)]));
}

/** Rounds count on: `digits-1.10.1` comes after `digits-1.9.1`. */
function byRound(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

async function nameOf(folder: string): Promise<string | undefined> {
  try {
    const { name } = JSON.parse(await readFile(join(folder, 'worker.json'), 'utf8')) as { name?: unknown };
    return typeof name === 'string' ? name : basename(folder);
  } catch {
    return undefined;
  }
}
