import { wasmBase64 as poolingBase64 } from './pooling-kernels-wasm.js';
import { wasmBase64 as trainingBase64 } from './training-kernels-wasm.js';

/** Functions of kernels/training-kernels.ts and kernels/pooling-kernels.ts: pointers in bytes, sizes in elements. */
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
  return { ...exportsOf(trainingBase64), ...exportsOf(poolingBase64) } as TrainingKernels;
}
