/**
 * HalfPixelUpsampling, NearestUpsampling and their gradients: enlarging by a factor f, as model/layers/half-pixel-upsampling.ts and
 * nearest-upsampling.ts ask for it (formulas: assembly/upsampling.ts).
 *
 *   x [B, H, W, C]     ->  y [B, fH, fW, C]
 *   dy [B, fH, fW, C]  ->  dx [B, H, W, C]
 *
 * The stock kernels know the forward passes, on one thread; the gradients composed of them are a padding and three average pools of dy, or one.
 * Limits: float32, channels last; f even with half-pixel centres.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import { bandsOf } from './chunks.ts';
import type { Job } from './jobs.ts';
import { addressOf, aligned, runJob, threadCount, withRoom } from './threads.ts';

type Shape4D = [batch: number, height: number, width: number, channels: number];
type UpsamplingJob = Extract<Job, `${string}${'U' | 'u'}psampling${string}`>;

export const halfPixelUpsampling = enlarging('HalfPixelUpsampling', 'halfPixelUpsampling');
export const halfPixelUpsamplingGrad = gradient('HalfPixelUpsamplingGrad', 'halfPixelUpsamplingGradient');
export const nearestUpsampling = enlarging('NearestUpsampling', 'nearestUpsampling');
export const nearestUpsamplingGrad = gradient('NearestUpsamplingGrad', 'nearestUpsamplingGradient');

function enlarging(kernelName: string, job: UpsamplingJob): KernelConfig {
  return {
    kernelName,
    backendName: 'wasm',
    kernelFunc: ({ inputs, backend, attrs }) => {
      const { factor } = attrs as { factor: number };
      const { x } = inputs as { x: TensorInfo };
      const [batch, height, width, channels] = x.shape as Shape4D;
      const to: Shape4D = [batch, factor * height, factor * width, channels];
      return resample(backend as BackendWasm, job, x, to, [batch, height, width, channels], factor);
    },
  };
}

function gradient(kernelName: string, job: UpsamplingJob): KernelConfig {
  return {
    kernelName,
    backendName: 'wasm',
    kernelFunc: ({ inputs, backend, attrs }) => {
      const { factor } = attrs as { factor: number };
      const { dy } = inputs as { dy: TensorInfo };
      const [batch, height, width, channels] = dy.shape as Shape4D;
      const small: Shape4D = [batch, height / factor, width / factor, channels];
      return resample(backend as BackendWasm, job, dy, small, small, factor);
    },
  };
}

/** @param to shape of the result. @param small shape of the smaller side. */
function resample(
  backend: BackendWasm,
  job: UpsamplingJob,
  from: TensorInfo,
  to: Shape4D,
  [batch, height, width, channels]: Shape4D,
  factor: number,
): TensorInfo {
  const output = backend.makeOutput(to, 'float32');
  const items = bandsOf(batch * to[1], batch * factor * factor * height * width * channels);
  // A row of the source, whose last quad may reach beyond it.
  const rowBytes = aligned(4 * from.shape[2]! * channels + 16);
  withRoom(backend, threadCount() * rowBytes, room => {
    const places = { from: addressOf(backend, from), to: addressOf(backend, output), room, rowBytes };
    runJob(job, { ...places, batch, height, width, channels, factor, items }, items);
  });
  return output;
}
