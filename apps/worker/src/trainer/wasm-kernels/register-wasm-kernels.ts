import {
  _FusedMatMul, BatchMatMul, broadcast_util, Conv2D, Conv2DBackpropFilter, Conv2DBackpropInput, FusedConv2D, getKernel,
  Identity, MaxPool, MaxPoolGrad, registerKernel, unregisterKernel, util, type KernelFunc, type NamedAttrMap, type TensorInfo,
} from '@tensorflow/tfjs-core';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { ADAM_STEP, CONV2D_LAYER_GRADIENT, CONV2D_LAYER_INPUT_GRADIENT, SGD_STEP, type AdamStep } from '../kernel-names.js';
import { adamStep } from './adam-step.js';
import {
  convolutionFilterGradient, convolutionInfo, convolutionInputGradient, convolve2d, hasOrdinaryPadding, isPlainConvolution,
  type ConvolutionAttributes,
} from './conv2d.js';
import { isCoveredProduct, multiply } from './mat-mul.js';
import { maxPool, maxPoolGradient, type PoolingAttributes } from './max-pool.js';
import { sgdStep } from './sgd-step.js';
import { WasmHeap } from './wasm-heap.js';

const WASM = 'wasm';

/** A kernel of ours; it may hand what it does not cover to the one that TensorFlow.js registered under the same name. */
type Kernel = (inputs: Record<string, TensorInfo>, attributes: object, stock: () => TensorInfo) => TensorInfo | TensorInfo[];

/**
 * Registers training kernels on an initialised WASM backend, in the place of TensorFlow.js' own where it has any. It has
 * no filter gradient, its MaxPoolGrad gives nothing to a window that is all negative, and its transposed products are
 * plain loops.
 */
export function registerWasmKernels(backend: BackendWasm): void {
  const heap = new WasmHeap(backend);
  for (const [name, kernel] of Object.entries(kernelsOn(heap))) {
    const stock = getKernel(name, WASM) as { kernelFunc: KernelFunc } | undefined;
    if (stock) unregisterKernel(name, WASM);
    registerKernel({
      kernelName: name,
      backendName: WASM,
      kernelFunc: (given) =>
        kernel(given.inputs as Record<string, TensorInfo>, given.attrs as NamedAttrMap, () => {
          if (!stock) throw new Error(`The WASM backend has no ${name} for these attributes.`);
          return stock.kernelFunc(given) as TensorInfo;
        }),
    });
  }
}

function kernelsOn(heap: WasmHeap): Record<string, Kernel> {
  return {
    [Conv2D]: ({ x, filter }, attributes, stock) => convolution(heap, x!, filter!, undefined, attributes as ConvolutionAttributes, stock),
    [FusedConv2D]: ({ x, filter, bias, preluActivationWeights }, attributes, stock) =>
      preluActivationWeights ? stock() : convolution(heap, x!, filter!, bias, attributes as ConvolutionAttributes, stock),
    [Conv2DBackpropFilter]: ({ x, dy }, attributes, stock) => {
      const { filterShape, ...rest } = attributes as ConvolutionAttributes & { filterShape: number[] };
      const info = convolutionInfo(x!.shape, filterShape, rest);
      return isPlainConvolution(info, rest) ? convolutionFilterGradient(heap, x!, dy!, undefined, false, info)[0]! : stock();
    },
    [Conv2DBackpropInput]: ({ dy, filter }, attributes, stock) => {
      const { inputShape, ...rest } = attributes as ConvolutionAttributes & { inputShape: number[] };
      const info = convolutionInfo(inputShape, filter!.shape, rest);
      const covered = isPlainConvolution(info, rest) && hasOrdinaryPadding(info);
      return covered ? convolutionInputGradient(heap, dy!, filter!, undefined, info) : stock();
    },
    [CONV2D_LAYER_GRADIENT]: ({ x, dy, y }, attributes) => {
      const { filterShape, ...rest } = attributes as ConvolutionAttributes & { filterShape: number[] };
      const mask = rest.activation === 'relu' ? y : undefined;
      return convolutionFilterGradient(heap, x!, dy!, mask, true, convolutionInfo(x!.shape, filterShape, rest));
    },
    [CONV2D_LAYER_INPUT_GRADIENT]: ({ dy, filter, y }, attributes) => {
      const { inputShape, ...rest } = attributes as ConvolutionAttributes & { inputShape: number[] };
      const mask = rest.activation === 'relu' ? y : undefined;
      return convolutionInputGradient(heap, dy!, filter!, mask, convolutionInfo(inputShape, filter!.shape, rest));
    },
    // TensorFlow.js' own copies the data, and the tape clones every tensor it saves; memory is counted by reference anyway.
    [Identity]: ({ x }) => heap.view(x!, x!.shape),
    [ADAM_STEP]: (inputs, attributes) => adamStep(heap, inputs, attributes as AdamStep),
    [SGD_STEP]: ({ value, gradient }, attributes) => sgdStep(heap, value!, gradient!, (attributes as { learningRate: number }).learningRate),
    [MaxPool]: ({ x }, attributes, stock) => (x!.dtype === 'float32' ? maxPool(heap, x!, attributes as PoolingAttributes) : stock()),
    [MaxPoolGrad]: ({ input, dy }, attributes) => maxPoolGradient(heap, input!, dy!, attributes as PoolingAttributes),
    [BatchMatMul]: ({ a, b }, attributes, stock) => product(heap, a!, b!, undefined, attributes as ProductAttributes, stock),
    [_FusedMatMul]: ({ a, b, bias, preluActivationWeights }, attributes, stock) =>
      preluActivationWeights ? stock() : product(heap, a!, b!, bias, attributes as ProductAttributes, stock),
  };
}

/** Activations that the product kernels apply themselves. */
const isSimpleActivation = (activation = 'linear') => activation === 'linear' || activation === 'relu';

function convolution(
  heap: WasmHeap, x: TensorInfo, filter: TensorInfo, bias: TensorInfo | undefined, attributes: ConvolutionAttributes,
  stock: () => TensorInfo,
): TensorInfo {
  const info = convolutionInfo(x.shape, filter.shape, attributes);
  if (!isPlainConvolution(info, attributes) || !isSimpleActivation(attributes.activation)) return stock();
  return convolve2d(heap, x, filter, bias, attributes.activation === 'relu', info);
}

interface ProductAttributes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  readonly activation?: string;
}

function product(
  heap: WasmHeap, a: TensorInfo, b: TensorInfo, bias: TensorInfo | undefined, attributes: ProductAttributes, stock: () => TensorInfo,
): TensorInfo {
  const { transposeA, transposeB, activation } = attributes;
  const fused = bias !== undefined || activation === 'relu';
  const covered =
    a.dtype === 'float32' && b.dtype === 'float32' && isSimpleActivation(activation) &&
    isCoveredProduct(transposeA, transposeB) && !(fused && transposeA);
  if (!covered) return stock();
  const [rows, depth] = lastTwo(a.shape, transposeA);
  const [depthB, columns] = lastTwo(b.shape, transposeB);
  util.assert(depth === depthB, () => `Matrices of shapes ${a.shape} and ${b.shape} have no product: give equal inner sizes.`);
  const batches = broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const count = util.sizeFromShape(batches);
  const isBroadcast = util.sizeFromShape(a.shape) !== count * rows * depth || util.sizeFromShape(b.shape) !== count * depth * columns;
  if (isBroadcast) return stock();
  const target = heap.output([...batches, rows, columns]);
  for (let index = 0; index < count; index++) {
    multiply(
      heap,
      {
        a: heap.pointer(a) + index * rows * depth * 4, b: heap.pointer(b) + index * depth * columns * 4,
        target: heap.pointer(target) + index * rows * columns * 4, rows, depth, columns, transposeA, transposeB,
      },
      bias, activation === 'relu',
    );
  }
  return target;
}

function lastTwo(shape: readonly number[], transposed: boolean): [number, number] {
  const [first, second] = shape.slice(-2) as [number, number];
  return transposed ? [second, first] : [first, second];
}
