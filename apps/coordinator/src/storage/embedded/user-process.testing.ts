import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The build of the module under test: a process of its own cannot run the TypeScript. */
const built = fileURLToPath(new URL('./embedded-postgres.js', import.meta.url.replace('/src/', '/dist/')));

const PROGRAM = `
  import { createInterface } from 'node:readline';
  const { EmbeddedPostgres } = await import(process.argv[1]);
  try {
    const server = await EmbeddedPostgres.open(process.argv[2], { log: () => undefined, settings: { fsync: 'off' } });
    console.log(JSON.stringify({ pid: server.pid, url: server.url, uid: process.getuid() }));
    for await (const line of createInterface({ input: process.stdin })) {
      if (line === 'close') { await server.close(); process.exitCode = 0; break; }
      if (line === 'exit') process.exit(0);
      if (line === 'throw') setImmediate(() => { throw new Error('a bug'); });
    }
  } catch (error) {
    console.log(JSON.stringify({ code: error.code, message: error.message }));
  }
`;

export interface Opened {
  readonly pid: number;
  readonly url: string;
  readonly uid: number;
}

/** Another process that uses the embedded server of a home, as export or a second start does. */
export class UserProcess {
  readonly opened: Promise<Opened & { code?: string }>;
  private readonly ended: Promise<number | null>;

  constructor(home: string, private readonly child: ChildProcess = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM, built, home], { stdio: ['pipe', 'pipe', 'ignore'] })) {
    this.opened = new Promise((resolve) => createInterface({ input: child.stdout! }).once('line', (line) => resolve(JSON.parse(line) as Opened)));
    this.ended = new Promise((resolve) => child.once('exit', resolve));
  }

  /** Under another account; only root can. */
  static as(account: string, home: string): UserProcess {
    const user = ['--reuid', account, '--regid', 'nogroup', '--clear-groups', process.execPath, '--input-type=module', '-e', PROGRAM, built, home];
    return new UserProcess(home, spawn('setpriv', user, { stdio: ['pipe', 'pipe', 'ignore'], env: { HOME: home } }));
  }

  /** `close` leaves properly, `exit` ends the process at once, `throw` dies of an uncaught error. */
  async say(word: 'close' | 'exit' | 'throw'): Promise<void> {
    this.child.stdin!.end(`${word}\n`);
    await this.ended;
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }
}

/** Why this machine cannot run the server's tests under another account; undefined when it can. */
export function whyNotAs(account: string): string | undefined {
  if (process.getuid?.() !== 0) return 'only root can start processes under another account';
  const probe = spawnSync('setpriv', ['--reuid', account, '--regid', 'nogroup', '--clear-groups', process.execPath, '-e', `require('node:fs').accessSync(${JSON.stringify(built)})`]);
  return probe.status === 0 ? undefined : `setpriv is missing, or ${account} cannot read Node or this checkout`;
}
