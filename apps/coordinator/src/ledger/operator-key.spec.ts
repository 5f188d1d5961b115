import { chmod, mkdtemp, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { toHex } from '@fedseal/chain/bytes';
import { loadOperatorKey } from './operator-key.js';

describe('operator key', () => {
  let home: string;

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'fedseal-key-'));
  });

  it('is made once, private, and read again', async () => {
    const first = await loadOperatorKey(join(home, 'deep'), randomBytes);
    const again = await loadOperatorKey(join(home, 'deep'), randomBytes);
    expect(toHex(again.publicKey)).toBe(toHex(first.publicKey));
    expect(first.keyId).toHaveLength(32);
    expect((await stat(join(home, 'deep', 'operator.key'))).mode & 0o777).toBe(0o600);
    expect(await readdir(join(home, 'deep'))).toEqual(['operator.key']);
    expect(await readFile(join(home, 'deep', 'operator.key'), 'utf8')).toMatch(/^[0-9a-f]{64}\n$/);
  });

  it('is one key when several coordinators start at once', async () => {
    const keys = await Promise.all(Array.from({ length: 8 }, () => loadOperatorKey(home, randomBytes)));
    expect(new Set(keys.map((key) => toHex(key.publicKey))).size).toBe(1);
  });

  it.each([0o640, 0o604, 0o644])('is refused with mode %o', async (mode) => {
    await loadOperatorKey(home, randomBytes);
    await chmod(join(home, 'operator.key'), mode);
    await expect(loadOperatorKey(home, randomBytes)).rejects.toMatchObject({ code: 'operator-key.permissions' });
  });

  it('is never replaced when it cannot be read as a seed', async () => {
    await writeFile(join(home, 'operator.key'), 'hello', { mode: 0o600 });
    await expect(loadOperatorKey(home, randomBytes)).rejects.toMatchObject({ code: 'operator-key.malformed' });
    expect(await readFile(join(home, 'operator.key'), 'utf8')).toBe('hello');
  });
});
