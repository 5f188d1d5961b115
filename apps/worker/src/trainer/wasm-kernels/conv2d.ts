import { backend_util, type TensorInfo } from '@tensorflow/tfjs-core';
import { panelElements } from './panels.js';
import type { WasmHeap } from './wasm-heap.js';

/** Attributes that TensorFlow.js passes to every 2-D convolution kernel and its gradients. */
export interface ConvolutionAttributes {
  readonly strides: number | [number, number];
  readonly pad: 'valid' | 'same' | number | backend_util.ExplicitPadding;
  readonly dilations?: number | [number, number];
  readonly dataFormat?: string;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
  readonly activation?: string;
}

type Shape4 = [number, number, number, number];

/** Sizes of a convolution of `inputShape` [n, h, w, c] with `filterShape` [h, w, in, out]; NHWC whatever the attributes say. */
export function convolutionInfo(inputShape: readonly number[], filterShape: readonly number[], attributes: ConvolutionAttributes) {
  return backend_util.computeConv2DInfo(
    inputShape as unknown as Shape4, filterShape as unknown as Shape4,
    attributes.strides, attributes.dilations ?? 1, attributes.pad, attributes.dimRoundingMode,
  );
}

export type ConvolutionInfo = ReturnType<typeof convolutionInfo>;

/** What these kernels compute; everything else stays with the kernels of TensorFlow.js. */
export function isPlainConvolution(info: ConvolutionInfo, attributes: ConvolutionAttributes): boolean {
  return (attributes.dataFormat ?? 'NHWC') === 'NHWC' && info.dilationHeight === 1 && info.dilationWidth === 1;
}

/** The zeroed image that padding needs, in elements of scratch: 0 where there is no padding. */
export function paddedElements({ padInfo, inHeight, inWidth, inChannels }: ConvolutionInfo): number {
  const rows = padInfo.top + padInfo.bottom;
  const columns = padInfo.left + padInfo.right;
  return rows + columns === 0 ? 0 : (inHeight + rows) * (inWidth + columns) * inChannels;
}

/** Convolution, bias and, when `relu`, the rectifier in one pass. */
export function convolve2d(
  heap: WasmHeap, x: TensorInfo, filter: TensorInfo, bias: TensorInfo | undefined, relu: boolean, info: ConvolutionInfo,
): TensorInfo {
  const { kernels } = heap;
  const depth = info.filterHeight * info.filterWidth * info.inChannels;
  const columns = info.outChannels;
  const padded = paddedElements(info);
  const [panels, biasPanels, image] = heap.scratch(panelElements(depth, columns), panelElements(1, columns), padded);
  const y = heap.output(info.outShape);
  kernels.packPanels(heap.pointer(filter), panels, depth, columns);
  if (bias) kernels.packPanels(heap.pointer(bias), biasPanels, 1, columns);
  if (padded > 0) heap.clear(image, padded);
  kernels.convolve(
    heap.pointer(x), 0, panels, bias ? biasPanels : 0, heap.pointer(y), padded > 0 ? image : 0,
    info.batchSize, info.inHeight, info.inWidth, info.inChannels,
    info.inWidth + info.padInfo.left + info.padInfo.right, info.padInfo.top, info.padInfo.left, 1, 1,
    info.strideHeight, info.strideWidth, info.filterHeight, info.filterWidth * info.inChannels,
    info.outHeight, info.outWidth, columns, relu ? 1 : 0,
  );
  return y;
}

/**
 * Gradients of the filter and, when `withBias`, of the bias: [dFilter] or [dFilter, dBias].
 * @param output the layer's own output where ReLU followed the convolution: its zeros close the gradient.
 */
export function convolutionFilterGradient(
  heap: WasmHeap, x: TensorInfo, dy: TensorInfo, output: TensorInfo | undefined, withBias: boolean, info: ConvolutionInfo,
): TensorInfo[] {
  const depth = info.filterHeight * info.filterWidth * info.inChannels;
  const columns = info.outChannels;
  const padded = paddedElements(info);
  const [image, panel, sums, biasSums] = heap.scratch(
    padded, panelElements(info.outHeight * info.outWidth, 1), panelElements(depth, columns), panelElements(1, columns),
  );
  const filterGradient = heap.output(info.filterShape);
  const biasGradient = withBias ? heap.output([columns]) : undefined;
  if (padded > 0) heap.clear(image, padded);
  heap.kernels.filterGradient(
    heap.pointer(x), heap.pointer(dy), output ? heap.pointer(output) : 0,
    heap.pointer(filterGradient), biasGradient ? heap.pointer(biasGradient) : 0,
    padded > 0 ? image : 0, panel, sums, biasSums,
    info.batchSize, info.inHeight, info.inWidth, info.inChannels,
    info.inWidth + info.padInfo.left + info.padInfo.right, info.padInfo.top, info.padInfo.left,
    info.strideHeight, info.strideWidth, info.filterHeight, info.filterWidth * info.inChannels,
    info.outHeight, info.outWidth, columns,
  );
  return biasGradient ? [filterGradient, biasGradient] : [filterGradient];
}

/** Whether `convolutionInputGradient` covers this padding: no side wider than the filter reaches. */
export function hasOrdinaryPadding({ padInfo, filterHeight, filterWidth }: ConvolutionInfo): boolean {
  return Math.max(padInfo.top, padInfo.bottom) < filterHeight && Math.max(padInfo.left, padInfo.right) < filterWidth;
}

/**
 * Gradient of the input: dy, its pixels spread by the stride and padded, convolved with the reversed filter (Dumoulin and
 * Visin 2016, "A guide to convolution arithmetic", section 4).
 */
export function convolutionInputGradient(
  heap: WasmHeap, dy: TensorInfo, filter: TensorInfo, output: TensorInfo | undefined, info: ConvolutionInfo,
): TensorInfo {
  const { filterHeight, filterWidth, inChannels, outChannels, padInfo } = info;
  const wideHeight = info.inHeight + filterHeight - 1;
  const wideWidth = info.inWidth + filterWidth - 1;
  const wide = wideHeight * wideWidth * outChannels;
  const [panels, image] = heap.scratch(panelElements(filterHeight * filterWidth * outChannels, inChannels), wide);
  const dx = heap.output(info.inShape);
  heap.kernels.packReversedFilter(heap.pointer(filter), panels, filterHeight * filterWidth, inChannels, outChannels);
  heap.clear(image, wide);
  heap.kernels.convolve(
    heap.pointer(dy), output ? heap.pointer(output) : 0, panels, 0, heap.pointer(dx), image,
    info.batchSize, info.outHeight, info.outWidth, outChannels,
    wideWidth, filterHeight - 1 - padInfo.top, filterWidth - 1 - padInfo.left, info.strideHeight, info.strideWidth,
    1, 1, filterHeight, filterWidth * outChannels,
    info.inHeight, info.inWidth, inChannels, 0,
  );
  return dx;
}
