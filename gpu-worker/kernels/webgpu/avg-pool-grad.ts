/**
 * AvgPoolGrad: the gradient of average pooling.
 *
 *   dy [B, OH, OW, C]  ->  dx [B, H, W, C]; a window hands each of its pixels dy / (how many of its pixels lie in the image)
 *
 * Average pooling leaves out what is padded, as in TensorFlow; the stock gradient (TensorFlow.js 4.22, every backend) divides by the whole window all the
 * same, which is wrong along the edges of an image pooled with pad "same". A thread gathers (pool-gather.ts).
 * Bytes: 4 per x and 4 per y and window that holds it, most of them from the caches. Limits: channels last, no dilation.
 */
import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import { type Pool2DAttrs, poolInfo } from '../pool-info.ts';
import { compute } from './dispatch.ts';
import { poolGatherProgram } from './pool-gather.ts';

export const avgPoolGrad: KernelConfig = {
  kernelName: 'AvgPoolGrad',
  backendName: 'webgpu',
  kernelFunc: ({ inputs, attrs }) => {
    const { dy, input } = inputs as { dy: TensorInfo; input: TensorInfo };
    const pool = poolInfo(input.shape, attrs as unknown as Pool2DAttrs);
    const { inHeight: H, inWidth: W, filterHeight: KH, filterWidth: KW, strideHeight: sh, strideWidth: sw } = pool;
    const { top, left } = pool.padInfo;
    const inside = (at: string, pad: number, reach: number, stride: number, length: number) =>
      `(min(${length}, ${at} * ${stride} + ${reach - pad}) - max(0, ${at} * ${stride} - ${pad}))`;
    const take = `
      let pixels = ${inside('oh', top, KH, sh, H)} * ${inside('ow', left, KW, sw, W)};
      sum += dy[window] / f32(pixels);`;
    return compute(poolGatherProgram({ name: 'AvgPoolGrad', pool, take }), pool.inShape, [dy]);
  },
};
