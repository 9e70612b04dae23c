/**
 * AvgPoolGrad: the gradient of average pooling.
 *
 *   dy [B, OH, OW, C]  ->  dx [B, H, W, C]; a window hands each of its pixels dy / (how many of its pixels lie in the image)
 *
 * Average pooling leaves out what is padded, as in TensorFlow; the stock gradient (TensorFlow.js 4.22, every backend) divides by the whole window all the
 * same, which is wrong along the edges of an image pooled with pad "same". A thread gathers for one number of dx, or for four channels as a vec4.
 * Bytes: 4 per x and 4 per y and window that holds it, most of them from the caches. Limits: channels last, no dilation.
 */
import { backend_util, type KernelConfig, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { compute, type Program } from './dispatch.ts';
import { elementwiseProgram } from './elementwise.ts';
import { widthOf } from './pixel-reduction.ts';

export const avgPoolGrad: KernelConfig = {
  kernelName: 'AvgPoolGrad',
  backendName: 'webgpu',
  kernelFunc: ({ inputs, attrs }) => {
    const { dy, input } = inputs as { dy: TensorInfo; input: TensorInfo };
    const { filterSize, strides, pad, dimRoundingMode } = attrs as unknown as {
      filterSize: number | [number, number];
      strides: number | [number, number];
      pad: 'same' | 'valid' | number;
      dimRoundingMode?: 'floor' | 'round' | 'ceil';
    };
    const shape = input.shape as [number, number, number, number];
    const pool = backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode);
    return compute(gatherProgram(pool), shape, [dy]);
  },
};

function gatherProgram(pool: backend_util.Conv2DInfo): Program {
  const { inHeight: H, inWidth: W, inChannels, outHeight: OH, outWidth: OW } = pool;
  const { filterHeight: KH, filterWidth: KW, strideHeight: sh, strideWidth: sw, padInfo } = pool;
  const { top, left } = padInfo;
  const width = widthOf(inChannels);
  const C = inChannels / width;
  // The first window whose end lies at or behind `at`.
  const first = (at: string, pad: number, reach: number, stride: number) =>
    `max(0, (${at} + ${pad - reach + stride}) / ${stride})`;
  const inside = (at: string, pad: number, reach: number, stride: number, length: number) =>
    `min(${length}, ${at} * ${stride} + ${reach - pad}) - max(0, ${at} * ${stride} - ${pad})`;
  return elementwiseProgram({
    ...{ name: 'AvgPoolGrad', size: util.sizeFromShape(pool.inShape), width },
    declarations: `
@group(0) @binding(0) var<storage, read_write> dx: array<T>;
@group(0) @binding(1) var<storage, read> dy: array<T>;`,
    body: `
  let c = i % ${C};
  let w = (i / ${C}) % ${W};
  let h = (i / ${C * W}) % ${H};
  let b = i / ${C * W * H};
  var sum = T();
  for (var oh = ${first('h', top, KH, sh)}; oh <= min(${OH - 1}, (h + ${top}) / ${sh}); oh++) {
    let rows = ${inside('oh', top, KH, sh, H)};
    for (var ow = ${first('w', left, KW, sw)}; ow <= min(${OW - 1}, (w + ${left}) / ${sw}); ow++) {
      let columns = ${inside('ow', left, KW, sw, W)};
      sum += dy[((b * ${OH} + oh) * ${OW} + ow) * ${C} + c] / f32(rows * columns);
    }
  }
  dx[i] = sum;`,
  });
}
