/**
 * The gradient of a pooling by gathering: a thread takes one number of dx, or four channels as a vec4, and adds up what each window that holds it hands it. No two
 * threads write the same number; in most networks windows hardly overlap, and a thread visits one or a few.
 */
import { util } from '@tensorflow/tfjs-core';
import type { PoolSizes } from '../pool-info.ts';
import type { Program } from './dispatch.ts';
import { elementwiseProgram } from './elementwise.ts';
import { widthOf } from './pixel-reduction.ts';

export interface PoolGather {
  name: string;
  pool: PoolSizes;
  /** Tensors beside dx and dy, from binding 2 on; their elements are of type T, f32 or vec4<f32>. */
  inputs?: string[];
  /**
   * WGSL that adds to `sum` what the window at row oh, column ow, whose place in dy is `window`, hands to the number at row h, column w, channel c (of T's)
   * of image b, whose place in dx is i.
   */
  take: string;
}

export function poolGatherProgram({ name, pool, inputs = [], take }: PoolGather): Program {
  const { inHeight: H, inWidth: W, inChannels, outHeight: OH, outWidth: OW } = pool;
  const { filterHeight: KH, filterWidth: KW, strideHeight: sh, strideWidth: sw, padInfo } = pool;
  const { top, left } = padInfo;
  const width = widthOf(inChannels);
  const C = inChannels / width;
  // The first window whose end lies at or behind `at`.
  const first = (at: string, pad: number, reach: number, stride: number) =>
    `max(0, (${at} + ${pad - reach + stride}) / ${stride})`;
  const read = ['dy', ...inputs].map(
    (input, i) => `@group(0) @binding(${1 + i}) var<storage, read> ${input}: array<T>;`,
  );
  return elementwiseProgram({
    ...{ name, size: util.sizeFromShape(pool.inShape), width },
    declarations: `
@group(0) @binding(0) var<storage, read_write> dx: array<T>;
${read.join('\n')}`,
    body: `
  let c = i % ${C};
  let w = (i / ${C}) % ${W};
  let h = (i / ${C * W}) % ${H};
  let b = i / ${C * W * H};
  var sum = T();
  for (var oh = ${first('h', top, KH, sh)}; oh <= min(${OH - 1}, (h + ${top}) / ${sh}); oh++) {
    for (var ow = ${first('w', left, KW, sw)}; ow <= min(${OW - 1}, (w + ${left}) / ${sw}); ow++) {
      let window = ((b * ${OH} + oh) * ${OW} + ow) * ${C} + c;
${take}
    }
  }
  dx[i] = sum;`,
  });
}
