/**
 * Conv2DBackpropInput: the gradient of a convolution with respect to its input, and the forward pass of a transposed convolution.
 * The stock wasm kernel is a scalar loop and took two thirds of a training step.
 *
 *   dy [B, OH, OW, M], filter [KH, KW, C, M]  ->  dx [B, H, W, C]
 *   dx[y] = sum over k with (y + top - k) divisible by s of  dy[(y + top - k) / s] * filter[k]      (one axis; the other is alike)
 *
 * With y + top = s*q + r and k = s*j + r this is dx[s*q + r] = sum over j of dy[q - j] * filter[s*j + r]: a convolution of dy with stride 1
 * and J = ceil(K / s) taps for each of the s*s phases r. One XNNPACK convolution computes all phases as channels [rh, rw, C], and a
 * transpose lays the phases out in space; no multiplication with an inserted zero is done. For s = 1 it is the flipped filter.
 * Limits: float32, channels last, no dilation.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { backend_util, KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import { compose, type Run } from './compose.ts';
import { convInfo, type Shape4D } from './conv-info.ts';

/** Side of the squares in which a filter is transposed: both sides of a square fit the first cache. */
const TILE = 32;

export const conv2dBackpropInput: KernelConfig = {
  kernelName: 'Conv2DBackpropInput',
  backendName: 'wasm',
  kernelFunc: ({ inputs, backend, attrs }) => {
    const { dy, filter } = inputs as { dy: TensorInfo; filter: TensorInfo };
    const { inputShape } = attrs as unknown as { inputShape: Shape4D };
    const conv = convInfo(inputShape, filter.shape as Shape4D, attrs);
    return inputGradient(backend as BackendWasm, dy, filter, conv);
  },
};

/** Where the rows (or columns) of dx come from. */
interface Axis {
  /** Taps per phase, J. */
  taps: number;
  /** Zeros before and after dy, and how much of dy's end no pixel of dx needs. */
  before: number;
  after: number;
  cut: number;
  /** First row of the interleaved phases that belongs to dx, and how many there are. */
  offset: number;
  rows: number;
}

function axis(inSize: number, outSize: number, kernel: number, stride: number, pad: number): Axis {
  const taps = Math.ceil(kernel / stride);
  const firstQ = Math.floor(pad / stride);
  const lastQ = Math.floor((pad + inSize - 1) / stride);
  const after = lastQ - (outSize - 1);
  return {
    taps,
    before: taps - 1 - firstQ,
    after: Math.max(0, after),
    cut: Math.max(0, -after),
    offset: pad - stride * firstQ,
    rows: stride * (lastQ - firstQ + 1),
  };
}

function inputGradient(
  backend: BackendWasm,
  dy: TensorInfo,
  filter: TensorInfo,
  conv: backend_util.Conv2DInfo,
): TensorInfo {
  const { batchSize: B, inHeight: H, inWidth: W, inChannels: C, outHeight: OH, outWidth: OW, outChannels: M } = conv;
  const { strideHeight: sh, strideWidth: sw } = conv;
  const v = axis(H, OH, conv.filterHeight, sh, conv.padInfo.top);
  const h = axis(W, OW, conv.filterWidth, sw, conv.padInfo.left);

  return compose(backend, run => {
    const needed =
      v.cut + h.cut === 0 ? dy : run('Slice', { x: dy }, { begin: [0, 0, 0, 0], size: [B, OH - v.cut, OW - h.cut, M] });
    const phases = run(
      'Conv2D',
      { x: needed, filter: phaseFilter(backend, run, filter, conv, v.taps, h.taps) },
      {
        strides: [1, 1],
        pad: [
          [0, 0],
          [v.before, v.after],
          [h.before, h.after],
          [0, 0],
        ],
        dataFormat: 'NHWC',
        dilations: [1, 1],
      },
    ); // [B, rows/sh, columns/sw, sh*sw*C]
    const interleaved =
      sh * sw === 1
        ? phases
        : run(
            'Transpose',
            { x: { ...phases, shape: [(B * v.rows) / sh, h.rows / sw, sh, sw * C] } },
            { perm: [0, 2, 1, 3] },
          );
    const whole = { ...interleaved, shape: [B, v.rows, h.rows, C] };
    if (v.rows === H && h.rows === W) return whole;
    return run('Slice', { x: whole }, { begin: [0, v.offset, h.offset, 0], size: [B, H, W, C] });
  });
}

/**
 * The filter [KH, KW, C, M] as [JH, JW, M, rh, rw, C], flipped along J: entry (jh, jw, m, rh, rw, c) is
 * filter[sh*(JH-1-jh) + rh, sw*(JW-1-jw) + rw, c, m], or 0 beyond the filter's end.
 */
function phaseFilter(
  backend: BackendWasm,
  run: Run,
  filter: TensorInfo,
  conv: backend_util.Conv2DInfo,
  tapsH: number,
  tapsW: number,
): TensorInfo {
  const { filterHeight: KH, filterWidth: KW, strideHeight: sh, strideWidth: sw, inChannels: C, outChannels: M } = conv;
  const row = sh * sw * C;
  const shape = [tapsH, tapsW, M, row];
  const size = tapsH * tapsW * M * row;
  const output = run('Fill', {}, { shape, value: 0, dtype: 'float32' });
  // Views of the heap are taken after the allocation, which may move it.
  const from = backend.typedArrayFromHeap(filter) as Float32Array;
  const to = (backend.typedArrayFromHeap(output) as Float32Array).subarray(0, size);
  for (let i = 0; i < KH; i++) {
    for (let j = 0; j < KW; j++) {
      const tap = (tapsH - 1 - Math.floor(i / sh)) * tapsW + (tapsW - 1 - Math.floor(j / sw));
      const phase = (i % sh) * sw + (j % sw);
      const source = (i * KW + j) * C * M; // [C, M]
      const target = tap * M * row + phase * C; // [M, row]
      for (let m0 = 0; m0 < M; m0 += TILE) {
        for (let c0 = 0; c0 < C; c0 += TILE) {
          for (let m = m0; m < Math.min(m0 + TILE, M); m++) {
            for (let c = c0; c < Math.min(c0 + TILE, C); c++) to[target + m * row + c] = from[source + c * M + m]!;
          }
        }
      }
    }
  }
  return output;
}
