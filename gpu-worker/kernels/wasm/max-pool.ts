/**
 * MaxPool: the largest number of each window.
 *
 *   x [B, H, W, C]  ->  y [B, OH, OW, C]
 *
 * Output rows are shared out (assembly/max-pool.ts). The stock kernel (XNNPACK) runs on one thread. Limits: float32, channels last, no dilation.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type KernelConfig, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { bandsOf } from './division.ts';
import { type Pool2DAttrs, poolSizes } from './pool-info.ts';
import { addressOf, runJob } from './threads.ts';

export const maxPool: KernelConfig = {
  kernelName: 'MaxPool',
  backendName: 'wasm',
  kernelFunc: given => {
    const backend = given.backend as BackendWasm;
    const { x } = given.inputs as { x: TensorInfo };
    const { outShape, sizes } = poolSizes(x.shape, given.attrs as unknown as Pool2DAttrs);
    const y = backend.makeOutput(outShape, 'float32');
    const { bandRows, items } = bandsOf(sizes.outRows, util.sizeFromShape(x.shape));
    runJob('maxPool', { ...sizes, x: addressOf(backend, x), y: addressOf(backend, y), bandRows }, items);
    return y;
  },
};
