/**
 * MaxPoolGrad: the gradient of max pooling.
 *
 *   x [B, H, W, C], y [B, OH, OW, C] = max pool of x, dy as y  ->  dx as x
 *   each dy goes to the largest x of its window; of equal ones to the first in reading order, as in TensorFlow.
 *
 * A thread gathers for one x (or four channels, as vec4): of every window that holds it, it takes dy where x equals y and nothing before
 * it in the window does. Most threads read one y and are done. The stock kernels first make a tensor of the places of all maxima and then walk
 * over windows with per-thread loops whose bounds are uniforms. Bytes: 8 per x and 8 per y where windows do not overlap.
 * Limits: channels last, no dilation.
 */
import { backend_util, type KernelConfig, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { compute, type Program } from './dispatch.ts';
import { elementwiseProgram } from './elementwise.ts';

export const maxPoolGrad: KernelConfig = {
  kernelName: 'MaxPoolGrad',
  backendName: 'webgpu',
  kernelFunc: ({ inputs, attrs }) => {
    const { dy, input, output } = inputs as { dy: TensorInfo; input: TensorInfo; output: TensorInfo };
    const { filterSize, strides, pad, dimRoundingMode } = attrs as unknown as {
      filterSize: number | [number, number];
      strides: number | [number, number];
      pad: 'same' | 'valid' | number;
      dimRoundingMode?: 'floor' | 'round' | 'ceil';
    };
    const shape = input.shape as [number, number, number, number];
    const pool = backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode);
    return compute(gatherProgram(pool), shape, [dy, input, output]);
  },
};

function gatherProgram(pool: backend_util.Conv2DInfo): Program {
  const { inHeight: H, inWidth: W, inChannels, outHeight: OH, outWidth: OW } = pool;
  const { filterHeight: KH, filterWidth: KW, strideHeight: sh, strideWidth: sw, padInfo } = pool;
  const { top, left } = padInfo;
  const width = inChannels % 4 === 0 ? 4 : 1;
  const C = inChannels / width;
  // The first window whose end lies at or behind `at`.
  const first = (at: string, pad: number, reach: number, stride: number) =>
    `max(0, (${at} + ${pad - reach + stride}) / ${stride})`;
  return elementwiseProgram({
    ...{ name: 'MaxPoolGrad', size: util.sizeFromShape(pool.inShape), width },
    declarations: `
@group(0) @binding(0) var<storage, read_write> dx: array<T>;
@group(0) @binding(1) var<storage, read> dy: array<T>;
@group(0) @binding(2) var<storage, read> x: array<T>;
@group(0) @binding(3) var<storage, read> y: array<T>;`,
    body: `
  let c = i % ${C};
  let w = (i / ${C}) % ${W};
  let h = (i / ${C * W}) % ${H};
  let b = i / ${C * W * H};
  var sum = T();
  for (var oh = ${first('h', top, KH, sh)}; oh <= min(${OH - 1}, (h + ${top}) / ${sh}); oh++) {
    for (var ow = ${first('w', left, KW, sw)}; ow <= min(${OW - 1}, (w + ${left}) / ${sw}); ow++) {
      let window = ((b * ${OH} + oh) * ${OW} + ow) * ${C} + c;
      let largest = y[window];
      var mine = x[i] == largest;
      if (!any(mine)) { continue; }
      for (var row = max(0, oh * ${sh} - ${top}); row <= h; row++) {
        let end = select(min(${W}, ow * ${sw} - ${left} + ${KW}), w, row == h);
        for (var column = max(0, ow * ${sw} - ${left}); column < end; column++) {
          mine &= x[((b * ${H} + row) * ${W} + column) * ${C} + c] != largest;
        }
      }
      sum += select(T(), dy[window], mine);
    }
  }
  dx[i] = sum;`,
  });
}
