import { engine, _FusedMatMul, matMul, tensor, tensor1d, tensor3d, type Tensor } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { expectSame, randomValues } from '../testing/both-backends.testing.js';

const matrix = (rows: number, columns: number, seed: number, transposed: boolean, batch: number[] = []): Tensor => {
  const shape = [...batch, ...(transposed ? [columns, rows] : [rows, columns])];
  return tensor(randomValues(shape, seed), shape);
};

describe('matrix products on WASM', () => {
  it('are those of cpu for any sizes, transposed or not, one or a batch', async () => {
    const size = fc.integer({ min: 1, max: 33 });
    const cases = fc.record({ rows: size, depth: size, columns: size, transposeA: fc.boolean(), transposeB: fc.boolean(), batch: fc.constantFrom<number[]>([], [1], [3], [2, 2]) });
    await fc.assert(
      fc.asyncProperty(cases, async ({ rows, depth, columns, transposeA, transposeB, batch }) =>
        expectSame(() =>
          matMul(matrix(rows, depth, 1, transposeA, batch), matrix(depth, columns, 2, transposeB, batch), transposeA, transposeB))),
      { numRuns: 150 },
    );
  });

  it('broadcast one matrix over a batch as cpu does', async () => {
    await expectSame(() => matMul(matrix(3, 4, 1, false, [2]), matrix(4, 5, 2, false, [1])));
  });

  it.each(['linear', 'relu', 'sigmoid'])('with bias and %s are those of cpu', async (activation) => {
    const attributes = { transposeA: false, transposeB: false, activation };
    await expectSame(() =>
      engine().runKernel<Tensor>(
        _FusedMatMul,
        { a: tensor3d(randomValues([1, 9, 21], 1), [1, 9, 21]), b: tensor3d(randomValues([1, 21, 13], 2), [1, 21, 13]), bias: tensor1d(randomValues([13], 3)) },
        attributes,
      ));
  });

  it.each([[64, 5408, 10], [64, 3136, 512]])('%i × %i × %i, as in training, stay within 1e-5 of cpu', async (rows, depth, columns) => {
    await expectSame(() => [
      matMul(matrix(rows, depth, 1, false), matrix(depth, columns, 2, false)),
      matMul(matrix(rows, depth, 1, false), matrix(rows, columns, 2, false), true, false),
      matMul(matrix(rows, columns, 1, false), matrix(depth, columns, 2, false), false, true),
    ]);
  });
});
