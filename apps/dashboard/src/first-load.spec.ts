import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';

const SITE = join(import.meta.dirname, '..', 'dist', 'site');
const MOST_BYTES = 250_000;

/** What a browser loads before it shows the first page: the page, its styles and scripts, and whatever those import at once. */
function firstLoad(): string[] {
  const page = readFileSync(join(SITE, 'index.html'), 'utf8');
  const files = new Set([...page.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map(([, path]) => path as string));
  for (const file of files) {
    if (!file.endsWith('.js')) continue;
    // Static imports alone: `import("…")` is what comes later.
    for (const [, path] of readFileSync(join(SITE, file), 'utf8').matchAll(/(?:^|[;}])\s*(?:import|export)\s*(?:[^"'();]*?from\s*)?["'`]\.\/([\w.-]+\.js)["'`]/g)) files.add(`assets/${path}`);
  }
  return ['index.html', ...files];
}

describe.skipIf(!existsSync(join(SITE, 'index.html')))('the first load (needs the built dashboard: npm run setup)', () => {
  it('is at most 250 kB compressed', () => {
    const bytes = firstLoad().reduce((sum, file) => sum + gzipSync(readFileSync(join(SITE, file)), { level: 9 }).length, 0);
    expect(bytes).toBeLessThan(MOST_BYTES);
    expect(bytes).toBeGreaterThan(50_000);
  });

  it('has no script or style inside the page, and names no other origin', () => {
    const page = readFileSync(join(SITE, 'index.html'), 'utf8');
    expect(page).not.toMatch(/<style|style=|<script(?![^>]*\ssrc=)|\son\w+=|https?:/);
  });
});
