import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readOrCreateSecret } from './secret-file.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fedseal-secret-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('readOrCreateSecret', () => {
  it('makes the file once, readable by its owner alone', () => {
    const path = join(folder, 'deep', 'token');
    expect(readOrCreateSecret(path, () => 'first')).toBe('first');
    expect(readOrCreateSecret(path, () => 'second')).toBe('first');
    expect(readFileSync(path, 'utf8')).toBe('first\n');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(folder, 'deep'))).toEqual(['token']);
  });

  it('takes the file of a coordinator that was faster', () => {
    const path = join(folder, 'token');
    const made = readOrCreateSecret(path, () => {
      writeFileSync(path, 'theirs\n', { mode: 0o600 });
      return 'ours';
    });
    expect(made).toBe('theirs');
  });

  it('closes a file that others could read', () => {
    const path = join(folder, 'token');
    writeFileSync(path, 'restored\n');
    chmodSync(path, 0o644);
    expect(readOrCreateSecret(path, () => 'new')).toBe('restored');
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('refuses an empty file by name', () => {
    const path = join(folder, 'token');
    writeFileSync(path, '\n');
    expect(() => readOrCreateSecret(path, () => 'new')).toThrow(path);
  });
});
