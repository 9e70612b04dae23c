/** The sizes of a pooling, from the attributes that TensorFlow.js hands a kernel. */
import { backend_util } from '@tensorflow/tfjs-core';

export type PoolSizes = backend_util.Conv2DInfo;

export interface Pool2DAttrs {
  filterSize: number | [number, number];
  strides: number | [number, number];
  pad: 'same' | 'valid' | number;
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/** @param x [B, H, W, C]. */
export function poolInfo(x: readonly number[], { filterSize, strides, pad, dimRoundingMode }: Pool2DAttrs): PoolSizes {
  return backend_util.computePool2DInfo(
    x as [number, number, number, number],
    filterSize,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
}
