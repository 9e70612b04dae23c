/**
 * Conv2DBackpropInput: the gradient of a convolution with respect to its input; and FusedConv2DTranspose, the same sum as the forward pass
 * of a transposed convolution, with its bias and rectifier.
 *
 *   dy [B, OH, OW, M], filter [KH, KW, C, M]  ->  dx [B, H, W, C]
 *   dx[y] = sum over k with (y + top - k) divisible by s of  dy[(y + top - k) / s] * filter[k]      (one axis; the other is alike)
 *
 * With y + top = s*q + r and k = s*j + r this is dx[s*q + r - top] = sum over j of dy[q - j] * filter[s*j + r]: for each of the s*s phases r a
 * convolution of dy with stride 1, whose filter is every s-th tap, turned round and transposed, and whose pixels lie s apart in dx. All of that is
 * steps between addresses: nothing is transposed in memory, and no inserted zero is multiplied. For s = 1 there is one phase.
 * A phase without a tap (a kernel smaller than its stride) is zeros, or the bias. Limits: float32, channels last, no dilation.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import { type Conv2DAttrs, type ConvSizes, convInfo } from '../conv-info.ts';
import { runConvolution } from './convolution.ts';
import { addressOf } from './threads.ts';

interface Inputs {
  dy: TensorInfo;
  filter: TensorInfo;
  bias?: TensorInfo;
}

export const conv2dBackpropInput: KernelConfig = {
  kernelName: 'Conv2DBackpropInput',
  backendName: 'wasm',
  kernelFunc: ({ inputs, backend, attrs }) => {
    const { dy, filter } = inputs as unknown as Inputs;
    const { inputShape } = attrs as unknown as { inputShape: number[] };
    const conv = convInfo(inputShape, filter.shape, attrs as unknown as Conv2DAttrs);
    return transposed(backend as BackendWasm, { dy, filter }, conv, false);
  },
};

export const fusedConv2dTranspose: KernelConfig = {
  kernelName: 'FusedConv2DTranspose',
  backendName: 'wasm',
  kernelFunc: ({ inputs, backend, attrs }) => {
    const { dy, filter, bias } = inputs as unknown as Inputs;
    const { inputShape, activation } = attrs as unknown as { inputShape: number[]; activation: 'relu' | 'linear' };
    const conv = convInfo(inputShape, filter.shape, attrs as unknown as Conv2DAttrs);
    return transposed(backend as BackendWasm, { dy, filter, ...(bias && { bias }) }, conv, activation === 'relu');
  },
};

function transposed(backend: BackendWasm, { dy, filter, bias }: Inputs, conv: ConvSizes, rectify: boolean): TensorInfo {
  const { inChannels: C, outChannels: M } = conv;
  const dx = backend.makeOutput([conv.batchSize, conv.inHeight, conv.inWidth, C], 'float32');
  runTransposed(backend, conv, {
    ...{ dy: addressOf(backend, dy), dyPixel: M, dx: addressOf(backend, dx), dxPixel: C, rectify },
    ...{ bias: bias ? addressOf(backend, bias) : 0, filter: addressOf(backend, filter), filterInput: M },
  });
  return dx;
}

/** Addresses in bytes, steps in numbers of four bytes. */
interface Places {
  dy: number;
  /** From one pixel of dy and dx to the next. */
  dyPixel: number;
  dx: number;
  dxPixel: number;
  filter: number;
  /** From one channel of dx to the next, in the filter. */
  filterInput: number;
  /** [C], or 0 for none. */
  bias: number;
  rectify: boolean;
}

export function runTransposed(backend: BackendWasm, conv: ConvSizes, places: Places): void {
  const { batchSize: batch, inHeight, inWidth, inChannels: C, outHeight, outWidth, outChannels: M, padInfo } = conv;
  const { filterHeight, filterWidth, strideHeight, strideWidth } = conv;
  const { dy: x, dyPixel: xPixel, dxPixel, filterInput, bias, rectify } = places;
  const [tap, row] = [C * filterInput, filterWidth * C * filterInput];
  for (const rows of phases(inHeight, filterHeight, strideHeight, padInfo.top)) {
    for (const columns of phases(inWidth, filterWidth, strideWidth, padInfo.left)) {
      const geometry = {
        ...{ batch, height: outHeight, width: outWidth, channels: M, outChannels: C },
        ...{ outHeight: rows.count, outWidth: columns.count, kernelHeight: rows.taps, kernelWidth: columns.taps },
        ...{ strideHeight: 1, strideWidth: 1, dilationHeight: 1, dilationWidth: 1 },
        ...{ top: rows.before, left: columns.before },
      };
      const first = places.filter + 4 * (rows.lastTap * row + columns.lastTap * tap);
      const steps = { row: -strideHeight * row, column: -strideWidth * tap, input: 1, output: filterInput };
      runConvolution(backend, geometry, {
        ...{ x, xPixel, bias, rectify, filter: { address: first, ...steps } },
        y: places.dx + 4 * (rows.first * inWidth + columns.first) * dxPixel,
        yImage: inHeight * inWidth * dxPixel,
        ...{ yRow: strideHeight * inWidth * dxPixel, yPixel: strideWidth * dxPixel },
      });
    }
  }
}

/** Rows (or columns) of dx that meet the same taps. */
interface Phase {
  taps: number;
  /** The filter's last of them: the first that a row of dy meets. */
  lastTap: number;
  /** Of dx: the first such row, and how many there are. */
  first: number;
  count: number;
  /** Zeros before dy. */
  before: number;
}

/** @param dilation more than 1 only where the stride is 1. */
export function phases(inSize: number, kernel: number, stride: number, pad: number, dilation = 1): Phase[] {
  const all: Phase[] = [];
  for (let r = 0; r < stride; r++) {
    const taps = Math.max(0, Math.ceil((kernel - r) / stride));
    const firstQ = Math.ceil((pad - r) / stride);
    const first = stride * firstQ + r - pad;
    if (first >= inSize) continue;
    const count = Math.floor((inSize - 1 - first) / stride) + 1;
    all.push({ taps, lastTap: stride * (taps - 1) + r, first, count, before: dilation * (taps - 1) - firstQ });
  }
  return all;
}
