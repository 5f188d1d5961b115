import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** Where another process finds the same queue. */
export type QueuePlace = { driver: 'graphile'; url: string } | { driver: 'bull'; url: string; prefix: string; lockMs: number };

/** The build of the drivers: a process of its own cannot run the TypeScript. */
const built = import.meta.url.replace('/src/', '/dist/');

const PROGRAM = `
  const [base, text] = process.argv.slice(1);
  const place = JSON.parse(text);
  const options = { log: () => undefined, nowMs: Date.now, ...place };
  let queue;
  if (place.driver === 'graphile') {
    const { GraphileQueue } = await import(new URL('./graphile.queue.js', base));
    const { StorageConnection } = await import(new URL('../storage/storage-connection.js', base));
    queue = new GraphileQueue(new StorageConnection(place.url, () => undefined), options);
  } else {
    const { BullQueue } = await import(new URL('./bull.queue.js', base));
    queue = new BullQueue(place.url, options);
  }
  await queue.start({ work: async (payload) => {
    console.log(JSON.stringify(payload));
    await new Promise(() => undefined);
  } }, { concurrency: 1 });
`;

/** A process that takes one job named `work` and is killed while it is at it. @returns the payload it was given */
export async function takeJobAndDie(place: QueuePlace): Promise<unknown> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM, built, JSON.stringify(place)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const payload = await new Promise<unknown>((resolve) => createInterface({ input: child.stdout }).once('line', (line) => resolve(JSON.parse(line))));
  child.kill('SIGKILL');
  await ended;
  return payload;
}
