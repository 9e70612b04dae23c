/**
 * HalfPixelUpsampling: bilinear upsampling by an even factor f with half-pixel centres (model/layers/half-pixel-upsampling.ts).
 *
 *   x [B, H, W, C]  ->  y [B, fH, fW, C]
 *   with q = (o + f/2) div f and r = (o + f/2) mod f:  y[o] = (1 - s) x[q - 1] + s x[q],  s = (r + 1/2) / f      (one axis; edges repeated)
 *
 * A thread makes one pixel of y (or four channels of it, as vec4) from four of x, which its neighbours read too. Bytes: 4 (1 + 1 / f^2) per y;
 * FLOPs: 6. The stock kernel works channel by channel with its grid in uniforms. Channels last.
 */
import { type KernelConfig, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { compute, type Program } from './dispatch.ts';
import { elementwiseProgram } from './elementwise.ts';

type Shape4D = [batch: number, height: number, width: number, channels: number];

export const halfPixelUpsampling: KernelConfig = {
  kernelName: 'HalfPixelUpsampling',
  backendName: 'webgpu',
  kernelFunc: ({ inputs, attrs }) => {
    const { x } = inputs as { x: TensorInfo };
    const { factor } = attrs as { factor: number };
    const [batch, height, width, channels] = x.shape as Shape4D;
    const shape: Shape4D = [batch, factor * height, factor * width, channels];
    return compute(interpolateProgram(shape, factor), shape, [x]);
  },
};

function interpolateProgram(shape: Shape4D, factor: number): Program {
  const [, OH, OW, channels] = shape;
  const width = channels % 4 === 0 ? 4 : 1;
  const C = channels / width;
  const [H, W] = [OH / factor, OW / factor];
  return elementwiseProgram({
    ...{ name: `HalfPixelUpsampling ${factor}`, size: util.sizeFromShape(shape), width },
    declarations: `
@group(0) @binding(0) var<storage, read_write> y: array<T>;
@group(0) @binding(1) var<storage, read> x: array<T>;
fn at(row: i32, column: i32, c: i32) -> T { return x[(row * ${W} + column) * ${C} + c]; }`,
    body: `
  let c = i % ${C};
  let w = (i / ${C}) % ${OW} + ${factor / 2};
  let h = (i / ${C * OW}) % ${OH} + ${factor / 2};
  let frame = (i / ${C * OW * OH}) * ${H};
  let left = max(w / ${factor} - 1, 0);
  let right = min(w / ${factor}, ${W - 1});
  let above = frame + max(h / ${factor} - 1, 0);
  let below = frame + min(h / ${factor}, ${H - 1});
  let share = (f32(w % ${factor}) + 0.5) / ${factor}.0;
  let upper = mix(at(above, left, c), at(above, right, c), share);
  let lower = mix(at(below, left, c), at(below, right, c), share);
  y[i] = mix(upper, lower, (f32(h % ${factor}) + 0.5) / ${factor}.0);`,
  });
}
