/** The sizes of a pooling as the jobs of both ways take them. */
import { type Pool2DAttrs, poolInfo } from '../pool-info.ts';

/** @param x [B, H, W, C]. */
export function poolSizes(x: readonly number[], attrs: Pool2DAttrs) {
  const { outShape, inHeight: height, inWidth: width, inChannels: channels, ...pool } = poolInfo(x, attrs);
  const { batchSize, outHeight, outWidth, strideHeight, strideWidth, padInfo } = pool;
  return {
    outShape,
    sizes: {
      ...{ height, width, channels, outRows: batchSize * outHeight, outHeight, outWidth, strideHeight, strideWidth },
      ...{ kernelHeight: pool.filterHeight, kernelWidth: pool.filterWidth, top: padInfo.top, left: padInfo.left },
    },
  };
}
