import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { CurveFile, type CurvePoint } from './curve.js';

const folder = mkdtempSync(join(tmpdir(), 'fedseal-curve-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const point = (round: number): CurvePoint => ({
  round, accuracy: 0.5, loss: null, seconds: 1.5, updates: 2, examples: 10, model: 'a'.repeat(64), block: { height: 1, hash: 'b'.repeat(64) },
  memoryMiB: { coordinator: 100.5 },
});

describe('CurveFile', () => {
  it('goes on after a line that a crash cut off', async () => {
    const path = join(folder, 'deep', 'torn.jsonl');
    const curve = await CurveFile.open(path);
    expect(curve.next).toBe(1);
    await curve.append(point(1));
    await curve.append(point(2));
    writeFileSync(path, readFileSync(path, 'utf8') + '{"round":3,"accuracy":0.6');
    const again = await CurveFile.open(path);
    expect(again.points).toEqual([point(1), point(2)]);
    expect(again.next).toBe(3);
    await again.append(point(3));
    expect((await CurveFile.open(path)).points).toEqual([point(1), point(2), point(3)]);
  });

  it('refuses a file that is no curve', async () => {
    const path = join(folder, 'other.jsonl');
    writeFileSync(path, '{"round":"one"}\n');
    await expect(CurveFile.open(path)).rejects.toMatchObject({ code: 'curve.unusable' });
  });
});
