/** The geometry of the forward convolution whose gradient a kernel computes, from the attributes TensorFlow.js hands it. */
import { backend_util, type NamedAttrMap } from '@tensorflow/tfjs-core';

export type Shape4D = [number, number, number, number];

/** @param inputShape [B, H, W, C]. @param filterShape [KH, KW, C, M]. No dilation: no backend of TensorFlow.js has that gradient. */
export function convInfo(
  inputShape: Shape4D,
  filterShape: Shape4D,
  attrs: NamedAttrMap | undefined,
): backend_util.Conv2DInfo {
  const { strides, pad, dimRoundingMode } = attrs as unknown as {
    strides: number | [number, number];
    pad: 'same' | 'valid' | number;
    dimRoundingMode?: 'floor' | 'round' | 'ceil';
  };
  return backend_util.computeConv2DInfo(inputShape, filterShape, strides, 1, pad, dimRoundingMode);
}
