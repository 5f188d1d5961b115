import type { TensorInfo } from '@tensorflow/tfjs-core';
import { panelElements } from './panels.js';
import type { WasmHeap } from './wasm-heap.js';

/** One matrix product by pointer: `a` is [rows, depth], or [depth, rows] when `transposeA`; `b` [depth, columns] or its transpose. */
export interface Product {
  readonly a: number;
  readonly b: number;
  readonly target: number;
  readonly rows: number;
  readonly depth: number;
  readonly columns: number;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** Everything but both transposed at once, which nothing here needs. */
export function isCoveredProduct(transposeA: boolean, transposeB: boolean): boolean {
  return !(transposeA && transposeB);
}

/** From so many rows on, packing b once is cheaper than summing lanes for every element. */
const ROWS_THAT_PAY_FOR_PACKING = 128;

/** target [rows, columns] = a · b + bias, then ReLU if asked. Bias and ReLU only where `transposeA` is false. */
export function multiply(heap: WasmHeap, product: Product, bias?: TensorInfo, relu = false): void {
  const { a, b, target, rows, depth, columns } = product;
  if (product.transposeA) {
    const [panel] = heap.scratch(panelElements(depth, 1));
    heap.kernels.multiplyTransposed(a, b, target, panel, rows, depth, columns);
    return;
  }
  if (product.transposeB && !bias && !relu && rows <= ROWS_THAT_PAY_FOR_PACKING) {
    heap.kernels.multiplyByTransposed(a, b, target, rows, depth, columns);
    return;
  }
  const [panels, biasPanels] = heap.scratch(panelElements(depth, columns), panelElements(1, columns));
  const pack = product.transposeB ? heap.kernels.packTransposedPanels : heap.kernels.packPanels;
  pack(b, panels, depth, columns);
  if (bias) heap.kernels.packPanels(heap.pointer(bias), biasPanels, 1, columns);
  heap.kernels.convolve(
    a, 0, panels, bias ? biasPanels : 0, target, 0,
    1, 1, rows, depth, rows, 0, 0, 1, 1, 1, 1, 1, depth, 1, rows, columns, relu ? 1 : 0,
  );
}
