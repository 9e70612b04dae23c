/**
 * MaxPool and AvgPool: the largest number of each window, and the mean.
 *
 *   x [B, H, W, C]  ->  y [B, OH, OW, C]
 *
 * What lies outside of the image is in no window, as in TensorFlow. Output rows are shared out (assembly/max-pool.ts, assembly/average-pool.ts). The stock
 * kernels (XNNPACK) run on one thread. Limits: float32, channels last, no dilation.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type KernelConfig, type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { Pool2DAttrs } from '../pool-info.ts';
import { bandsOf } from './division.ts';
import { poolSizes } from './pool-sizes.ts';
import { addressOf, runJob } from './threads.ts';

export const maxPool = pool('MaxPool', 'maxPool');
export const averagePool = pool('AvgPool', 'averagePool');

function pool(kernelName: string, job: 'maxPool' | 'averagePool'): KernelConfig {
  return {
    kernelName,
    backendName: 'wasm',
    kernelFunc: given => {
      const backend = given.backend as BackendWasm;
      const { x } = given.inputs as { x: TensorInfo };
      const { outShape, sizes } = poolSizes(x.shape, given.attrs as unknown as Pool2DAttrs);
      const y = backend.makeOutput(outShape, 'float32');
      const { bandRows, items } = bandsOf(sizes.outRows, util.sizeFromShape(x.shape));
      runJob(job, { ...sizes, large: addressOf(backend, x), small: addressOf(backend, y), bandRows }, items);
      return y;
    },
  };
}
