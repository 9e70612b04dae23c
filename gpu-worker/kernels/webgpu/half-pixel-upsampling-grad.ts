/**
 * HalfPixelUpsamplingGrad: the gradient of bilinear upsampling by an even factor f with half-pixel centres (model/layers/half-pixel-upsampling.ts).
 *
 *   dy [B, fH, fW, C]  ->  dx [B, H, W, C]
 *   dx[i] = sum over t < 2f of (1 - |(t + 1/2) / f - 1|) dy[f i - f/2 + t]      (one axis; beyond an edge dy is mirrored)
 *
 * A thread gathers the 2f x 2f pixels of dy that one pixel of x went into; those of neighbours overlap by half and come from the cache.
 * Bytes: 4 (1 + f^2) per x, FLOPs: 8 f^2. The composed gradient pads dy and pools three times: four tensors as large as dy.
 * Channels last.
 */
import { type KernelConfig, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { compute, type Program } from './dispatch.ts';
import { elementwiseProgram } from './elementwise.ts';

type Shape4D = [batch: number, height: number, width: number, channels: number];

export const halfPixelUpsamplingGrad: KernelConfig = {
  kernelName: 'HalfPixelUpsamplingGrad',
  backendName: 'webgpu',
  kernelFunc: ({ inputs, attrs }) => {
    const { dy } = inputs as { dy: TensorInfo };
    const { factor } = attrs as { factor: number };
    const [batch, height, width, channels] = dy.shape as Shape4D;
    const shape: Shape4D = [batch, height / factor, width / factor, channels];
    return compute(gatherProgram(shape, factor), shape, [dy]);
  },
};

function gatherProgram(shape: Shape4D, factor: number): Program {
  const [, H, W, channels] = shape;
  const width = channels % 4 === 0 ? 4 : 1;
  const C = channels / width;
  const [DH, DW] = [factor * H, factor * W];
  return elementwiseProgram({
    ...{ name: `HalfPixelUpsamplingGrad ${factor}`, size: util.sizeFromShape(shape), width },
    declarations: `
@group(0) @binding(0) var<storage, read_write> dx: array<T>;
@group(0) @binding(1) var<storage, read> dy: array<T>;
fn weight(t: i32) -> f32 { return 1.0 - abs((f32(t) + 0.5) / ${factor}.0 - 1.0); }
fn mirrored(at: i32, length: i32) -> i32 { return select(select(at, 2 * length - 1 - at, at >= length), -1 - at, at < 0); }`,
    body: `
  let c = i % ${C};
  let left = ((i / ${C}) % ${W}) * ${factor} - ${factor / 2};
  let top = ((i / ${C * W}) % ${H}) * ${factor} - ${factor / 2};
  let frame = (i / ${C * W * H}) * ${DH};
  var sum = T();
  for (var row = 0; row < ${2 * factor}; row++) {
    let start = (frame + mirrored(top + row, ${DH})) * ${DW};
    var along = T();
    for (var column = 0; column < ${2 * factor}; column++) {
      along += weight(column) * dy[(start + mirrored(left + column, ${DW})) * ${C} + c];
    }
    sum += weight(row) * along;
  }
  dx[i] = sum;`,
  });
}
