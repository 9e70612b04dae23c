/** The sizes of a convolution, from the attributes that TensorFlow.js hands a kernel. */
import { backend_util } from '@tensorflow/tfjs-core';

type Shape4D = [number, number, number, number];
export type ConvSizes = backend_util.Conv2DInfo;

export interface Conv2DAttrs {
  strides: number | [number, number];
  pad: 'same' | 'valid' | number | backend_util.ExplicitPadding;
  /** null from TensorFlow.js's own layers. */
  dilations?: number | [number, number] | null;
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/** @param x [B, H, W, C]. @param filter [KH, KW, C, N], or [KH, KW, C, multiplier] if depthwise. */
export function convInfo(
  x: readonly number[],
  filter: readonly number[],
  { strides, pad, dilations, dimRoundingMode }: Conv2DAttrs,
  { depthwise = false } = {},
): ConvSizes {
  const [image, kernel] = [x as Shape4D, filter as Shape4D];
  return backend_util.computeConv2DInfo(image, kernel, strides, dilations ?? 1, pad, dimRoundingMode, depthwise);
}
