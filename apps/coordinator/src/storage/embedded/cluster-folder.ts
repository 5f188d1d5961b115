import { randomBytes, randomUUID } from 'node:crypto';
import { chmodSync, existsSync, linkSync, mkdirSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { CodedError } from '../../observability/coded-error.js';
import { canReach, chooseServerAccount, ownerOf, type ServerAccount } from './server-account.js';

const connectionFile = z.object({
  version: z.literal(1),
  user: z.string().min(1),
  password: z.string().min(1),
  /** Where the cluster lies: relative to the folder of this file, or elsewhere when the server cannot reach that. */
  cluster: z.string().min(1),
});
type ConnectionFile = z.infer<typeof connectionFile>;

/** The folder of one database cluster and the secret that opens it. */
export interface ClusterFolder {
  /** Absolute, without links. Holds data/, the server's log and, where needed, a copy of its programs. */
  readonly path: string;
  readonly data: string;
  readonly user: string;
  readonly password: string;
  /** Undefined: the server runs under this process's own account. */
  readonly account: ServerAccount | undefined;
}

/**
 * Opens `<home>/postgres`, made on first use. The password is generated once and kept in `connection.json`, mode 0600.
 * Root's server runs under another account; when that cannot reach `home` (below a folder of mode 0700), the cluster
 * lies in a folder of its own under `shelter` and `connection.json` says where.
 *
 * @throws CodedError `database.account`, `database.connection-file`
 */
export function openClusterFolder(home: string, shelter = '/var/lib/fedseal-postgres'): ClusterFolder {
  const folder = join(resolve(home), 'postgres');
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const path = join(folder, 'connection.json');
  const connection = readConnection(path) ?? createConnection(path, () => chooseCluster(folder, shelter));
  const cluster = resolve(folder, connection.cluster);
  if (!existsSync(cluster)) {
    throw new CodedError(
      'database.connection-file',
      `${path} names ${cluster}, which does not exist; restore that folder from a backup, or move ${folder} aside to begin with an empty database.`,
    );
  }
  const real = realpathSync(cluster);
  const data = join(real, 'data');
  return { path: real, data, user: connection.user, password: connection.password, account: chooseServerAccount(ownerOf(data)) };
}

function chooseCluster(folder: string, shelter: string): string {
  const account = chooseServerAccount(undefined);
  if (!account || canReach(folder, account)) return '.';
  const cluster = join(shelter, randomUUID());
  try {
    mkdirSync(cluster, { recursive: true });
    // Whatever the umask: the server's account passes through both.
    for (const path of [shelter, cluster]) chmodSync(path, 0o755);
  } catch (cause) {
    throw new CodedError(
      'database.account',
      `The account that runs Postgres can reach neither ${folder} nor ${shelter}; set FEDSEAL_HOME to a folder whose parents others may pass through.`,
      { cause },
    );
  }
  return cluster;
}

function readConnection(path: string): ConnectionFile | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new CodedError('database.connection-file', `${path} cannot be read; start with the account that owns it.`, { cause });
  }
  // Copies and restores often widen permissions; nobody else has a use for this file.
  if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600);
  try {
    return connectionFile.parse(JSON.parse(text));
  } catch (cause) {
    throw new CodedError('database.connection-file', `${path} is damaged; restore it from a backup: it holds the database's password.`, { cause });
  }
}

/** Of several processes that start on a new home, one makes the file and the rest read it. */
function createConnection(path: string, cluster: () => string): ConnectionFile {
  const connection: ConnectionFile = {
    version: 1,
    user: 'fedseal',
    password: randomBytes(24).toString('base64url'),
    cluster: cluster(),
  };
  const draft = `${path}.${randomUUID()}`;
  writeFileSync(draft, `${JSON.stringify(connection, null, 2)}\n`, { mode: 0o600, flag: 'wx', flush: true });
  try {
    linkSync(draft, path);
    return connection;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
    return readConnection(path)!;
  } finally {
    rmSync(draft);
  }
}
