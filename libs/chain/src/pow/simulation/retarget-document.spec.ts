import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { retargetDocument } from './retarget-document.js';
import { retargetPlot } from './retarget-plot.js';

const docs = resolve(import.meta.dirname, '../../../../../docs');
const read = (name: string) => readFileSync(resolve(docs, name), 'utf8');

/** Some seven hundred thousand rounds: about ten seconds of a core that does nothing else. */
const TABLES_TIMEOUT_MS = 180_000;

describe('docs/RETARGET.md', () => {
  it('gives the tables that the simulation computes', () => {
    const document = read('RETARGET.md');
    expect(document).toMatch(/^\| 60 s \| steady \| \d\.\d\d % \|/m);
    expect(retargetDocument(document)).toBe(document);
  }, TABLES_TIMEOUT_MS);

  it('comes with the plot that the simulation draws', () => {
    expect(retargetPlot()).toBe(read('retarget.svg'));
  });

  it('is refused unless every table has one place', () => {
    const document = read('RETARGET.md');
    const place = '<!-- table: floors -->\n<!-- end -->\n';
    for (const wrong of ['', place, document + place, document.replace('table: floors', 'table: prices')]) {
      expect(() => retargetDocument(wrong)).toThrow('needs one place for each of floors, jumps, scenarios, shares, windows');
    }
  });
});
