import { wasmBase64 as optimizerBase64 } from './optimizer-kernels-wasm.js';
import { wasmBase64 as poolingBase64 } from './pooling-kernels-wasm.js';
import { wasmBase64 as productBase64 } from './product-kernels-wasm.js';
import { wasmBase64 as trainingBase64 } from './training-kernels-wasm.js';

/** Functions of kernels/*.ts: pointers in bytes, sizes in elements. */
export interface TrainingKernels {
  packPanels(source: number, target: number, depth: number, columns: number): void;
  packTransposedPanels(source: number, target: number, depth: number, columns: number): void;
  packReversedFilter(filter: number, target: number, taps: number, inputs: number, outputs: number): void;
  convolve(
    source: number, mask: number, panels: number, bias: number, target: number, scratch: number,
    batch: number, height: number, width: number, channels: number,
    wideWidth: number, top: number, left: number, gapY: number, gapX: number,
    strideY: number, strideX: number, windowHeight: number, runLength: number,
    outHeight: number, outWidth: number, columns: number, relu: number,
  ): void;
  filterGradient(
    source: number, gradient: number, mask: number, filterTarget: number, biasTarget: number,
    scratch: number, gradientPanel: number, sums: number, biasSums: number,
    batch: number, height: number, width: number, channels: number, wideWidth: number, top: number, left: number,
    strideY: number, strideX: number, windowHeight: number, runLength: number,
    outHeight: number, outWidth: number, columns: number,
  ): void;
  adam(
    value: number, gradient: number, mean: number, variance: number, newValue: number, newMean: number, newVariance: number,
    count: number, beta1: number, beta2: number, meanScale: number, varianceScale: number, epsilon: number,
  ): void;
  sgd(value: number, gradient: number, newValue: number, count: number, learningRate: number): void;
  multiplyByTransposed(a: number, b: number, target: number, rows: number, depth: number, columns: number): void;
  multiplyTransposed(a: number, b: number, target: number, panel: number, rows: number, depth: number, columns: number): void;
  maxPool: PoolingKernel;
  maxPoolGradient(source: number, gradient: number, ...rest: PoolingArguments): void;
}

type PoolingKernel = (source: number, ...rest: PoolingArguments) => void;

export type PoolingArguments = [
  target: number, batch: number, height: number, width: number, channels: number,
  outHeight: number, outWidth: number, poolHeight: number, poolWidth: number,
  strideY: number, strideX: number, top: number, left: number,
];

/** The little of the WebAssembly interface that is used; Node's types do not carry it. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: object };
};

/** @param memory the `WebAssembly.Memory` that pointers refer to; kernels keep no data of their own in it. */
export function instantiateTrainingKernels(memory: object): TrainingKernels {
  const exportsOf = (base64: string) => {
    const module = new WebAssembly.Module(Buffer.from(base64, 'base64'));
    return new WebAssembly.Instance(module, { env: { memory } }).exports;
  };
  return Object.assign({}, ...[trainingBase64, productBase64, poolingBase64, optimizerBase64].map(exportsOf)) as TrainingKernels;
}
