import { describe, expect, it } from 'vitest';
import { toHex } from '@fedseal/chain/bytes';
import { nodeCrypto } from '@fedseal/chain/native/node-crypto';
import { validateUpdate } from '@fedseal/model/aggregate/validate-update';
import { mcmahanCnn, missionCnn } from '@fedseal/model/layers/presets';
import { tensorSpecs } from '@fedseal/model/layers/tensor-specs';
import { decodeSafetensors } from '@fedseal/model/safetensors/decode-safetensors';
import { lightDeltas, packUpdate } from './light-update.js';

describe('a light update', () => {
  const place = { model: missionCnn as never, run: 'a-run', round: 1 };
  const flat = (contributor: string, change: Partial<typeof place> = {}) =>
    lightDeltas({ ...place, ...change }, contributor).flatMap(({ data }) => [...data]);

  it('is one that a coordinator accepts', () => {
    for (const model of [missionCnn, mcmahanCnn]) {
      expect(validateUpdate(tensorSpecs(model), lightDeltas({ ...place, model: model as never }, 'ab'), 8)).toBe('ok');
    }
  });

  it('is small, and different for each contributor, run, round and element', () => {
    const mine = flat('ab');
    expect(mine).toHaveLength(54_410);
    expect(mine.every((delta) => Math.abs(delta) <= 2 ** -7)).toBe(true);
    expect(new Set(mine).size).toBeGreaterThan(54_000);
    for (const other of [flat('cd'), flat('ab', { run: 'b-run' }), flat('ab', { round: 2 })]) {
      expect(other.filter((delta, n) => delta === mine[n]).length).toBeLessThan(100);
    }
  });

  it('is the same whenever it is made, and its file has the hashes it says', () => {
    const { file, artifact } = packUpdate(lightDeltas(place, 'ab'));
    expect(packUpdate(lightDeltas(place, 'ab')).artifact).toEqual(artifact);
    expect([toHex(nodeCrypto.sha256(file)), file.length]).toEqual([artifact.sha256, artifact.bytes]);
    expect(packUpdate(decodeSafetensors(file)).artifact).toEqual(artifact);
  });
});
