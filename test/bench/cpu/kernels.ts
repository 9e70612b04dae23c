/**
 * The kernels of a training step, one by one, on the active wasm backend: every convolution of a U-Net forward and backward, and the others
 * on tensors of its size, as far as they are registered.
 *
 * FLOPs are those of the direct sum, 2 B OH OW KH KW C N, whatever the kernel really does; bytes: each number read or written once.
 */
import * as tf from '@tensorflow/tfjs-core';
import { trainableWeights } from '../../../gpu-worker/model/network.ts';
import { type Convolution, convolutions, UNET_CASES, type UNetName } from '../unet-cases.ts';
import { trainingOf } from '../unet-training.ts';
import { type Time, timeOf } from './timing.ts';

export interface ConvolutionRow extends Time {
  shape: string;
  kernel: 'FusedConv2D' | 'Conv2DBackpropInput' | 'Conv2DBackpropFilter';
  mflop: number;
  /** By each of the threads. */
  gflops_per_s: number;
}

export interface KernelRow extends Time {
  kernel: string;
  shape: string;
  gbytes_per_s: number;
}

interface Measured {
  batch: number;
  threads: number;
  /** For each kernel. */
  seconds: number;
}

const random = (shape: number[]) => tf.randomNormal(shape, 0, 1, 'float32', 1);
const run = (kernel: string, inputs: tf.NamedTensorMap, attrs: object) =>
  tf.dispose(tf.engine().runKernel(kernel, inputs, attrs as tf.NamedAttrMap));

/** Each shape once, in the order of the network. */
export async function measureConvolutions(name: UNetName, measured: Measured): Promise<ConvolutionRow[]> {
  const shapes = new Map(convolutions(UNET_CASES[name]).map(conv => [JSON.stringify(conv), conv]));
  const rows: ConvolutionRow[] = [];
  for (const conv of shapes.values()) rows.push(...(await measureConvolution(conv, measured)));
  return rows;
}

async function measureConvolution(conv: Convolution, { batch, threads, seconds }: Measured): Promise<ConvolutionRow[]> {
  const { heightPx, widthPx, kernel: k, stride, channels, filters } = conv;
  const [height, width] = [Math.ceil(heightPx / stride), Math.ceil(widthPx / stride)];
  const x = random([batch, heightPx, widthPx, channels]);
  const filter = random([k, k, channels, filters]);
  const bias = random([filters]);
  const dy = random([batch, height, width, filters]);
  const attrs = { strides: [stride, stride], pad: 'same', dataFormat: 'NHWC', dilations: [1, 1] };
  const work = {
    FusedConv2D: () => run('FusedConv2D', { x, filter, bias }, { ...attrs, activation: 'relu' }),
    Conv2DBackpropInput: () => run('Conv2DBackpropInput', { dy, filter }, { ...attrs, inputShape: x.shape }),
    Conv2DBackpropFilter: () => run('Conv2DBackpropFilter', { x, dy }, { ...attrs, filterShape: filter.shape }),
  };
  const mflop = (2 * dy.size * k * k * channels) / 1e6;
  const shape = `${batch}x${heightPx}x${widthPx}x${channels}, ${k}x${k}/${stride} to ${filters}`;
  const rows: ConvolutionRow[] = [];
  for (const [kernel, once] of Object.entries(work) as [ConvolutionRow['kernel'], () => void][]) {
    const time = await timeOf(once, seconds);
    rows.push({ shape, kernel, ...time, mflop, gflops_per_s: mflop / time.ms / threads });
  }
  tf.dispose([x, filter, bias, dy]);
  return rows;
}

/** What is not a convolution. */
export async function measureOthers(name: UNetName, { batch, seconds }: Measured): Promise<KernelRow[]> {
  const { heightPx: h, widthPx: w, filters: f, keypoints, outputStride: s } = UNET_CASES[name];
  const large = [batch, h, w, f] as const;
  const half = [batch, h / 2, w / 2, f] as const;
  const tensors = {
    ...{ large: random([...large]), other: random([...large]), half: random([...half]) },
    ...{ maps: random([batch, h / s, w / s, keypoints]), wanted: random([batch, h / s, w / s, keypoints]) },
    one: tf.scalar(1),
  };
  const { large: x, other, half: small, maps, wanted: target, one } = tensors;
  const pool = { filterSize: [2, 2], strides: [2, 2], pad: 'same', dimRoundingMode: undefined };
  // Name, inputs, attributes, numbers read and written.
  const cases: [string, tf.NamedTensorMap, object, number][] = [
    ['BiasActivationGrad', { dy: x, y: other }, {}, 3 * x.size],
    ['BiasActivationGrad', { dy: maps }, {}, maps.size],
    ['MaxPool', { x }, pool, x.size + small.size],
    ['MaxPoolGrad', { dy: small, input: x, output: small }, pool, 2 * x.size + 2 * small.size],
    ['HalfPixelUpsampling', { x: small }, { factor: 2 }, x.size + small.size],
    ['HalfPixelUpsamplingGrad', { dy: x }, { factor: 2 }, x.size + small.size],
    ['Concat', { '0': x, '1': other } as never, { axis: 3 }, 4 * x.size],
    ['SplitV', { x }, { numOrSizeSplits: [f / 2, f / 2], axis: 3 }, 2 * x.size],
    ['Add', { a: x, b: other }, {}, 3 * x.size],
    ['MeanSquaredError', { output: maps, target }, {}, 2 * maps.size],
    ['MeanSquaredErrorGrad', { dy: one, output: maps, target }, {}, 3 * maps.size],
  ];
  const rows: KernelRow[] = [];
  for (const [kernel, inputs, attrs, numbers] of cases) {
    if (!tf.getKernel(kernel, tf.getBackend())) continue;
    const given = kernel === 'Concat' ? (Object.values(inputs) as unknown as tf.NamedTensorMap) : inputs;
    const time = await timeOf(() => run(kernel, given, attrs), seconds);
    const shape = Object.values(inputs)
      .map(tensor => tensor.shape.join('x') || '1')
      .join(', ');
    rows.push({ kernel, shape, ...time, gbytes_per_s: (4 * numbers) / time.ms / 1e6 });
  }
  tf.dispose(Object.values(tensors));
  return [...rows, await measureOptimizer(name, seconds)];
}

async function measureOptimizer(name: UNetName, seconds: number): Promise<KernelRow> {
  const { network, optimizer } = trainingOf(UNET_CASES[name], 1, 'fp32');
  const weights = trainableWeights(network);
  const gradients = Object.fromEntries(weights.map(({ name: own, tensor }) => [own, random(tensor.shape)]));
  const time = await timeOf(() => optimizer.apply(gradients), seconds);
  const numbers = weights.reduce((sum, { tensor }) => sum + tensor.size, 0);
  tf.dispose(gradients);
  optimizer.dispose();
  network.dispose();
  // g read, w, m, v and vhat read and written.
  return { kernel: 'AMSGrad', shape: `${numbers} numbers`, ...time, gbytes_per_s: (36 * numbers) / time.ms / 1e6 };
}
