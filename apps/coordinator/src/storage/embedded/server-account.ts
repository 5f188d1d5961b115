import { spawnSync } from 'node:child_process';
import { existsSync, realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { CodedError } from '../../observability/coded-error.js';

/** The account that the server's process runs under. */
export interface ServerAccount {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Postgres refuses to run as root, so root lends it an unprivileged account; everybody else runs it as themselves.
 *
 * @param owner the account that owns an existing data folder: it must stay the same, whoever starts the server
 * @returns undefined when the server runs under this process's own account
 * @throws CodedError `database.account`
 */
export function chooseServerAccount(owner: ServerAccount | undefined): ServerAccount | undefined {
  const uid = process.getuid?.() ?? 0;
  if (uid !== 0) {
    if (owner && owner.uid !== uid) {
      throw new CodedError(
        'database.account',
        'The data folder belongs to another account; start with that account, or set FEDSEAL_HOME to a folder of your own.',
      );
    }
    return undefined;
  }
  if (owner && owner.uid !== 0) return owner;
  for (const name of ['postgres', 'nobody']) {
    const account = lookUp(name);
    if (account && account.uid !== 0) return account;
  }
  throw new CodedError(
    'database.account',
    'Postgres cannot run as root and neither an account named postgres nor one named nobody exists; add one, start as another user, or set DATABASE_URL.',
  );
}

function lookUp(name: string): ServerAccount | undefined {
  const [uid, gid] = ['-u', '-g'].map((flag) => {
    const { status, stdout } = spawnSync('id', [flag, name], { encoding: 'utf8' });
    return status === 0 ? Number(stdout.trim()) : Number.NaN;
  });
  return Number.isInteger(uid) && Number.isInteger(gid) ? { uid: uid!, gid: gid! } : undefined;
}

/**
 * Whether `account` may read and pass through `path` and every folder above it, by the permission bits. A folder of
 * mode 0700 anywhere above, such as root's home, hides everything below it.
 */
export function canReach(path: string, account: ServerAccount): boolean {
  const real = realpathSync(path);
  for (let at = real; ; ) {
    if (!allows(at, account, at === real ? 0o5 : 0o1)) return false;
    const above = dirname(at);
    if (above === at) return true;
    at = above;
  }
}

function allows(path: string, account: ServerAccount, wanted: number): boolean {
  const { mode, uid, gid } = statSync(path);
  const shift = uid === account.uid ? 6 : gid === account.gid ? 3 : 0;
  return ((mode >> shift) & wanted) === wanted;
}

/** The owner of an existing folder. */
export function ownerOf(path: string): ServerAccount | undefined {
  if (!existsSync(path)) return undefined;
  const { uid, gid } = statSync(path);
  return { uid, gid };
}
