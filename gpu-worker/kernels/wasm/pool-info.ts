/** The sizes of a pooling, from the attributes that TensorFlow.js hands a kernel, as the jobs of both ways take them. */
import { backend_util } from '@tensorflow/tfjs-core';

export interface Pool2DAttrs {
  filterSize: number | [number, number];
  strides: number | [number, number];
  pad: 'same' | 'valid' | number;
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/** @param x [B, H, W, C]. */
export function poolSizes(x: readonly number[], { filterSize, strides, pad, dimRoundingMode }: Pool2DAttrs) {
  const shape = x as [number, number, number, number];
  const pool = backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode);
  const { outHeight, outWidth, strideHeight, strideWidth, padInfo } = pool;
  const [batch, height, width, channels] = shape;
  return {
    outShape: pool.outShape,
    sizes: {
      ...{ height, width, channels, outRows: batch * outHeight, outHeight, outWidth, strideHeight, strideWidth },
      ...{ kernelHeight: pool.filterHeight, kernelWidth: pool.filterWidth, top: padInfo.top, left: padInfo.left },
    },
  };
}
