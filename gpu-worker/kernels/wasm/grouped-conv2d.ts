/**
 * GroupedConv2D and its gradients, GroupedConv2DBackpropInput and GroupedConv2DBackpropFilter: convolutions side by side, each of a group of channels.
 *
 *   x [B, H, W, C], filter [KH, KW, C/G, N]  ->  y [B, OH, OW, N]
 *   y[.., n] = conv(x[.., channels of n's group], filter[.., n]);  group g has inputs g C/G .. and outputs g N/G .., as in TensorFlow
 *
 * Each group is a dense convolution (convolution.ts, conv2d-backprop-*.ts) whose pixels lie further apart than it has channels: nothing is cut out or put
 * together. FLOPs: 2 B OH OW N KH KW C/G. With fewer than eight outputs to a group part of the work is for nothing; with one input to
 * each, depthwise-conv2d.ts is faster. Any stride and padding. Limits: float32, channels last, no dilation.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import { type Conv2DAttrs, type ConvSizes, convInfo } from '../conv-info.ts';
import { geometryOf } from './conv2d.ts';
import { sumFilterGradient } from './conv2d-backprop-filter.ts';
import { runTransposed } from './conv2d-backprop-input.ts';
import { runConvolution } from './convolution.ts';
import { addressOf } from './threads.ts';

type Attrs = Pick<Conv2DAttrs, 'strides' | 'pad'> & { groups: number };

export const groupedConv2d: KernelConfig = {
  kernelName: 'GroupedConv2D',
  backendName: 'wasm',
  kernelFunc: given => {
    const backend = given.backend as BackendWasm;
    const { x, filter } = given.inputs as { x: TensorInfo; filter: TensorInfo };
    const { conv, inputs, outputs } = groupsOf(x.shape, filter.shape, given.attrs as unknown as Attrs);
    const { batchSize, outHeight, outWidth, filterWidth } = conv;
    const y = backend.makeOutput([batchSize, outHeight, outWidth, outputs.total], 'float32');
    const [xs, ys, weights] = [x, y, filter].map(each => addressOf(backend, each)) as [number, number, number];
    const tap = inputs.own * outputs.total;
    const steps = { row: filterWidth * tap, column: tap, input: outputs.total, output: 1 };
    for (const { input, output } of firstChannels(inputs, outputs)) {
      runConvolution(backend, geometryOf(conv), {
        ...{ x: xs + 4 * input, xPixel: inputs.total, bias: 0, rectify: false },
        ...{ y: ys + 4 * output, yPixel: outputs.total, yRow: outWidth * outputs.total },
        yImage: outHeight * outWidth * outputs.total,
        filter: { address: weights + 4 * output, ...steps },
      });
    }
    return y;
  },
};

export const groupedConv2dBackpropInput: KernelConfig = {
  kernelName: 'GroupedConv2DBackpropInput',
  backendName: 'wasm',
  kernelFunc: given => {
    const backend = given.backend as BackendWasm;
    const { dy, filter } = given.inputs as { dy: TensorInfo; filter: TensorInfo };
    const { inputShape, ...attrs } = given.attrs as unknown as Attrs & { inputShape: number[] };
    const { conv, inputs, outputs } = groupsOf(inputShape, filter.shape, attrs);
    const dx = backend.makeOutput(inputShape, 'float32');
    const [dys, dxs, weights] = [dy, dx, filter].map(each => addressOf(backend, each)) as [number, number, number];
    for (const { input, output } of firstChannels(inputs, outputs)) {
      runTransposed(backend, conv, {
        ...{ dy: dys + 4 * output, dyPixel: outputs.total, dx: dxs + 4 * input, dxPixel: inputs.total },
        ...{ filter: weights + 4 * output, filterInput: outputs.total, bias: 0, rectify: false },
      });
    }
    return dx;
  },
};

export const groupedConv2dBackpropFilter: KernelConfig = {
  kernelName: 'GroupedConv2DBackpropFilter',
  backendName: 'wasm',
  kernelFunc: given => {
    const backend = given.backend as BackendWasm;
    const { x, dy } = given.inputs as { x: TensorInfo; dy: TensorInfo };
    const { filterShape, ...attrs } = given.attrs as unknown as Attrs & { filterShape: number[] };
    const { conv, inputs, outputs } = groupsOf(x.shape, filterShape, attrs);
    const dw = backend.makeOutput(filterShape, 'float32');
    const [xs, dys, sum] = [x, dy, dw].map(each => addressOf(backend, each)) as [number, number, number];
    for (const { input, output } of firstChannels(inputs, outputs)) {
      sumFilterGradient(backend, geometryOf(conv), {
        ...{ x: xs + 4 * input, xPixel: inputs.total, dy: dys + 4 * output, dyPixel: outputs.total },
        ...{ sum: sum + 4 * output, sumStep: outputs.total },
      });
    }
    return dw;
  },
};

/** Channels of all groups, and of each. */
interface Channels {
  total: number;
  own: number;
}

/** The sizes of one group's convolution. @throws Error when the channels do not come in so many groups. */
function groupsOf(x: readonly number[], filter: readonly number[], { groups, ...attrs }: Attrs) {
  const inputs: Channels = { total: x[3]!, own: filter[2]! };
  const outputs: Channels = { total: filter[3]!, own: filter[3]! / groups };
  if (inputs.own * groups !== inputs.total || !Number.isInteger(outputs.own))
    throw new Error(`${groups} groups of ${inputs.total} channels do not meet a filter of [${filter}].`);
  const conv: ConvSizes = convInfo(x.with(3, inputs.own), filter.with(3, outputs.own), attrs);
  return { conv, inputs, outputs };
}

const firstChannels = (inputs: Channels, outputs: Channels) =>
  Array.from({ length: inputs.total / inputs.own }, (_, g) => ({ input: g * inputs.own, output: g * outputs.own }));
