import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, it } from 'vitest';

/** Public test vectors live outside the project: `../shared/vectors` of the project's root, or VECTORS_DIR. */
const root = process.env['VECTORS_DIR'] ?? resolve(import.meta.dirname, '../../../../../shared/vectors');

/** Declares tests over a folder or file of vectors; without it one skipped test says what was not checked. */
export function describeVectors(name: string, path: string, tests: (full: string) => void): void {
  const full = join(root, path);
  describe(name, () => {
    if (existsSync(full)) tests(full);
    else it.skip(`skipped: no vectors at ${full} (set VECTORS_DIR)`, () => {});
  });
}

/** Every .json below a folder, ascending. */
export function jsonFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json')).sort().map((name) => join(folder, name));
}

export function readJson<T>(file: string): T {
  return JSON.parse(readFileSync(file, 'utf8')) as T;
}
