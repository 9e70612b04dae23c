/**
 * `npm run bench -- kernels [CASE...] [--batch N]`: every convolution of a U-Net, forward and both gradients, with TensorFlow.js's kernels and
 * with ours, in turns in one run. Times are the GPU's own (timestamp queries). FLOPs: two per multiply-add; bytes: each tensor once.
 * Without a GPU: BACKEND=webgpu on a software Vulkan driver shows ratios, not speeds. A table, then JSON.
 */
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { openDevice } from '../../gpu-worker/device/open.ts';
import { Recording } from '../../gpu-worker/device/recording.ts';
import { argumentsOf, median, saveResult } from './results.ts';
import { useOurKernels, useStockKernels } from './stock-kernels.ts';
import { type Convolution, casesNamed, convolutions, UNET_CASES } from './unet-cases.ts';

const { values, positionals } = parseArgs({
  args: argumentsOf('kernels'),
  allowPositionals: true,
  options: { batch: { type: 'string', default: '1' }, rounds: { type: 'string', default: '5' } },
});
const batch = Number(values.batch);
const rounds = Number(values.rounds);
const names = casesNamed(positionals);

const KERNELS = ['Conv2D', 'Conv2DBackpropInput', 'Conv2DBackpropFilter'] as const;
type KernelName = (typeof KERNELS)[number];

interface Row {
  case: string;
  kernel: KernelName;
  shape: string;
  /** Convolutions of this shape in the network. */
  count: number;
  ms: number;
  stock_ms: number;
  /** stock_ms / ms */
  ratio: number;
  gflops_per_s: number;
  gbytes_per_s: number;
}

const device = await openDevice('webgpu');
const rows: Row[] = [];
for (const name of names) {
  const counted = new Map<string, { conv: Convolution; count: number }>();
  for (const conv of convolutions(UNET_CASES[name])) {
    const key = JSON.stringify(conv);
    counted.set(key, { conv, count: (counted.get(key)?.count ?? 0) + 1 });
  }
  for (const { conv, count } of counted.values()) {
    for (const kernel of KERNELS) rows.push({ case: name, count, ...(await compare(kernel, conv)) });
  }
}

/** Medians of `rounds` turns. */
async function compare(kernel: KernelName, conv: Convolution): Promise<Omit<Row, 'case' | 'count'>> {
  const { heightPx, widthPx, kernel: k, stride, channels, filters } = conv;
  const [h, w] = [Math.ceil(heightPx / stride), Math.ceil(widthPx / stride)];
  const x = random([batch, heightPx, widthPx, channels]);
  const filter = random([k, k, channels, filters]);
  const dy = random([batch, h, w, filters]);
  const attrs = { strides: stride, pad: 'same', dataFormat: 'NHWC', dilations: 1 };
  const work = {
    Conv2D: () => tf.engine().runKernel('Conv2D', { x, filter }, attrs),
    Conv2DBackpropInput: () =>
      tf.engine().runKernel('Conv2DBackpropInput', { dy, filter }, { ...attrs, inputShape: x.shape } as never),
    Conv2DBackpropFilter: () =>
      tf.engine().runKernel('Conv2DBackpropFilter', { x, dy }, { ...attrs, filterShape: filter.shape } as never),
  }[kernel];
  const record = () => new Recording(() => [work() as tf.Tensor]);
  useStockKernels();
  const stock = record();
  useOurKernels();
  const ours = record();
  const times = { ours: [] as number[], stock: [] as number[] };
  for (let round = 0; round <= rounds; round++) {
    // The first round compiles.
    const [a, b] = [await gpuMs(ours), await gpuMs(stock)];
    if (round === 0) continue;
    times.ours.push(a);
    times.stock.push(b);
  }
  ours.dispose();
  stock.dispose();
  const [ms, stock_ms] = [median(times.ours), median(times.stock)];
  const bytes = 4 * (x.size + filter.size + dy.size);
  const flops = 2 * dy.size * k * k * channels;
  tf.dispose([x, filter, dy]);
  return {
    kernel,
    shape: `${batch}x${heightPx}x${widthPx}x${channels}, ${k}x${k}/${stride} to ${filters}`,
    ...{ ms, stock_ms, ratio: stock_ms / ms, gflops_per_s: flops / ms / 1e6, gbytes_per_s: bytes / ms / 1e6 },
  };
}

function random(shape: number[]): tf.Tensor {
  return tf.randomUniform(shape, -1, 1, 'float32', 1);
}

async function gpuMs(recording: Recording): Promise<number> {
  const times = await recording.profile();
  if (times === null) throw new Error('This device has no timestamps.');
  return times.reduce((sum, { ms }) => sum + ms, 0);
}

console.log(
  '| case | kernel | shape | times | ms | stock ms | ratio | GFLOP/s | GB/s |\n|---|---|---|---|---|---|---|---|---|',
);
for (const row of rows) {
  const figures = [row.ms, row.stock_ms, row.ratio, row.gflops_per_s, row.gbytes_per_s].map(n => n.toPrecision(3));
  console.log(`| ${[row.case, row.kernel, row.shape, row.count, ...figures].join(' | ')} |`);
}
for (const name of names) {
  for (const kernel of KERNELS) {
    const own = rows.filter(row => row.case === name && row.kernel === kernel);
    const sum = (of: (row: Row) => number) => own.reduce((total, row) => total + row.count * of(row), 0);
    const [ms, stock] = [sum(row => row.ms), sum(row => row.stock_ms)];
    console.log(
      `${name} ${kernel}, all of the network: ${ms.toFixed(1)} ms, stock ${stock.toFixed(1)} ms, ratio ${(stock / ms).toFixed(2)}`,
    );
  }
}
await saveResult({ name: 'kernels', device: device.description, cases: rows });
process.exit(0);
