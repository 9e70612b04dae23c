/**
 * MaxPoolGrad: the gradient of max pooling.
 *
 *   x [B, H, W, C], y [B, OH, OW, C] = max pool of x, dy as y  ->  dx as x
 *   each dy goes to the largest x of its window; of equal ones to the first in reading order, as in TensorFlow.
 *
 * A thread gathers (pool-gather.ts): of every window that holds its x, it takes dy where x equals y and nothing before it in the window does. Most
 * threads read one y and are done. The stock kernels first make a tensor of the places of all maxima and then walk
 * over windows with per-thread loops whose bounds are uniforms. Bytes: 8 per x and 8 per y where windows do not overlap.
 * Limits: channels last, no dilation.
 */
import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import { type Pool2DAttrs, poolInfo } from '../pool-info.ts';
import { compute } from './dispatch.ts';
import { widthOf } from './pixel-reduction.ts';
import { poolGatherProgram } from './pool-gather.ts';

export const maxPoolGrad: KernelConfig = {
  kernelName: 'MaxPoolGrad',
  backendName: 'webgpu',
  kernelFunc: ({ inputs, attrs }) => {
    const { dy, input, output } = inputs as { dy: TensorInfo; input: TensorInfo; output: TensorInfo };
    const pool = poolInfo(input.shape, attrs as unknown as Pool2DAttrs);
    const { inHeight: H, inWidth: W, inChannels, filterWidth: KW, strideHeight: sh, strideWidth: sw } = pool;
    const { top, left } = pool.padInfo;
    const C = inChannels / widthOf(inChannels);
    const take = `
      let largest = y[window];
      var mine = x[i] == largest;
      if (!any(mine)) { continue; }
      for (var row = max(0, oh * ${sh} - ${top}); row <= h; row++) {
        let end = select(min(${W}, ow * ${sw} - ${left} + ${KW}), w, row == h);
        for (var column = max(0, ow * ${sw} - ${left}); column < end; column++) {
          mine &= x[((b * ${H} + row) * ${W} + column) * ${C} + c] != largest;
        }
      }
      sum += select(T(), dy[window], mine);`;
    const program = poolGatherProgram({ name: 'MaxPoolGrad', pool, inputs: ['x', 'y'], take });
    return compute(program, pool.inShape, [dy, input, output]);
  },
};
