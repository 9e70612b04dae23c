/**
 * `npm run bench -- train [CASE...] [--batch 1,4] [--precision fp32,mixed] [--seconds S] [--no-stock]`: a training step of the U-Nets that the
 * PyTorch peer is timed with, as plain TensorFlow.js takes it and as we do, in turns in one run. Wall times are medians; the profile is by the GPU's own
 * clock. Without a GPU a software Vulkan driver shows ratios, not speeds. Tables, then JSON in results/.
 */
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { openDevice } from '../../gpu-worker/device/open.ts';
import type { Recording } from '../../gpu-worker/device/recording.ts';
import { webGpuBackend } from '../../gpu-worker/device/tfjs-webgpu.ts';
import { countParameters } from '../../gpu-worker/model/network.ts';
import { RecordedSteps } from '../../gpu-worker/train/recorded-step.ts';
import { ResidentFrames } from '../../gpu-worker/train/step-frames.ts';
import { argumentsOf, median, saveResult } from './results.ts';
import { type StockTraining, stockTraining } from './stock-unet.ts';
import { casesNamed, UNET_CASES, type UNetCase, type UNetName } from './unet-cases.ts';
import { trainingOf } from './unet-training.ts';

const { values, positionals } = parseArgs({
  args: argumentsOf('train'),
  allowPositionals: true,
  options: {
    batch: { type: 'string', default: '1' },
    precision: { type: 'string', default: 'fp32' },
    seconds: { type: 'string', default: '5' },
    'no-stock': { type: 'boolean', default: false },
  },
});
const names = casesNamed(positionals);
const LEAST_STEPS = 5;
const MOST_STEPS = 200;

interface Share {
  kernel: string;
  dispatches: number;
  ms: number;
  /** Of the step's time on the GPU. */
  share: number;
}

interface Row {
  case: UNetName;
  batch: number;
  precision: string;
  parameters: number;
  /** A step, one after another without a pause. */
  ms: number;
  /** Of it the host's own: writing the batch, handing over the commands. */
  host_ms: number;
  /** Sum over its dispatches, by the GPU's clock. */
  gpu_ms: number;
  dispatches: number;
  /** Most device memory held, MiB. */
  peak_mib: number;
  stock_ms?: number;
  stock_gpu_ms?: number;
  stock_dispatches?: number;
  stock_peak_mib?: number;
  /** stock_ms / ms */
  ratio?: number;
  profile: Share[];
  stock_profile?: Share[];
}

const device = await openDevice('webgpu');
const pool = webGpuBackend().bufferManager;
const rows: Row[] = [];
for (const name of names) {
  for (const batch of values.batch.split(',').map(Number)) {
    for (const precision of values.precision.split(',')) rows.push(await measure(name, batch, precision));
  }
}

async function measure(name: UNetName, batch: number, precision: string): Promise<Row> {
  const given = UNET_CASES[name];
  const training = trainingOf(given, batch, precision);
  const { labelled, examples } = training;
  resetPeak();
  const frames = () => new ResidentFrames(labelled, examples, batch);
  const steps = await RecordedSteps.open(training, frames, () => {});
  const { recording } = steps;
  const host: number[] = [];
  const replay = recording.replay.bind(recording);
  let [taken, startedMs] = [0, 0];
  recording.replay = () => {
    replay();
    host.push(performance.now() - startedMs);
  };
  const own = await timesOf(() => {
    startedMs = performance.now();
    return steps.take(taken++);
  });
  await steps.settle();
  const profile = await profileOf(recording);
  const row: Row = {
    ...{ case: name, batch, precision, parameters: countParameters(training.network) },
    ...{ ms: median(own), host_ms: median(host), gpu_ms: total(profile), dispatches: recording.dispatches },
    ...{ peak_mib: pool.peakBytesAllocated / 2 ** 20, profile },
  };
  steps.dispose();
  training.optimizer.dispose();
  training.network.dispose();
  pool.trim();
  if (!values['no-stock']) Object.assign(row, await measureStock(given, batch, row.ms));
  return row;
}

async function measureStock(given: UNetCase, batch: number, ms: number): Promise<Partial<Row>> {
  const { heightPx, widthPx, channels, outputStride, keypoints } = given;
  const images = tf.randomUniform([batch, heightPx, widthPx, channels], 0, 1, 'float32', 1) as tf.Tensor4D;
  const maps = tf.fill([batch, heightPx / outputStride, widthPx / outputStride, keypoints], 0.1) as tf.Tensor4D;
  resetPeak();
  const stock: StockTraining = stockTraining(given, images, maps);
  const times = await timesOf(stock.step);
  const stock_peak_mib = pool.peakBytesAllocated / 2 ** 20;
  const recording = stock.record();
  const stock_profile = await profileOf(recording);
  const { dispatches: stock_dispatches } = recording;
  recording.dispose();
  stock.dispose();
  tf.dispose([images, maps]);
  pool.trim();
  const stock_ms = median(times);
  const stock_gpu_ms = total(stock_profile);
  return { stock_ms, stock_gpu_ms, stock_dispatches, stock_peak_mib, ratio: stock_ms / ms, stock_profile };
}

/** Milliseconds of each step, after two that do not count. */
async function timesOf(step: () => Promise<unknown>): Promise<number[]> {
  for (let i = 0; i < 2; i++) await step();
  const times: number[] = [];
  const endMs = performance.now() + 1000 * Number(values.seconds);
  while (times.length < LEAST_STEPS || (performance.now() < endMs && times.length < MOST_STEPS)) {
    const startedMs = performance.now();
    await step();
    times.push(performance.now() - startedMs);
  }
  return times;
}

/** By kernel, the longest first; the name of a program is its kernel's up to the first space. */
async function profileOf(recording: Recording): Promise<Share[]> {
  const byKernel = new Map<string, Share>();
  const times = (await recording.profile()) ?? [];
  const all = times.reduce((sum, { ms }) => sum + ms, 0);
  for (const { name, ms } of times) {
    const kernel = name.split(' ')[0]!;
    const share = byKernel.get(kernel) ?? { kernel, dispatches: 0, ms: 0, share: 0 };
    byKernel.set(kernel, { kernel, dispatches: share.dispatches + 1, ms: share.ms + ms, share: (share.ms + ms) / all });
  }
  return [...byKernel.values()].toSorted((a, b) => b.ms - a.ms);
}

function total(profile: Share[]): number {
  return profile.reduce((sum, { ms }) => sum + ms, 0);
}

function resetPeak(): void {
  Object.assign(pool, { peakBytesAllocated: pool.numBytesAllocated });
}

const shown = (value: number | undefined) => value?.toPrecision(3) ?? '';
console.log(
  '| case | batch | precision | ms | host ms | GPU ms | dispatches | peak MiB | stock ms | GPU ms | dispatches | peak MiB | ratio |',
);
console.log(`|${'---|'.repeat(13)}`);
for (const row of rows) {
  const numbers = [row.ms, row.host_ms, row.gpu_ms, row.dispatches, row.peak_mib, row.stock_ms];
  const stock = [row.stock_gpu_ms, row.stock_dispatches, row.stock_peak_mib, row.ratio];
  console.log(`| ${[row.case, row.batch, row.precision, ...[...numbers, ...stock].map(shown)].join(' | ')} |`);
}
for (const { case: name, batch, precision, profile, stock_profile = [] } of rows) {
  for (const [whose, shares] of [['ours', profile] as const, ['stock', stock_profile] as const]) {
    const largest = shares
      .slice(0, 8)
      .map(({ kernel, dispatches, share }) => `${kernel} ${(100 * share).toFixed(1)} % (${dispatches})`);
    if (largest.length > 0) console.log(`${name} ${batch} ${precision}, ${whose}: ${largest.join(', ')}`);
  }
}
await saveResult({ name: 'train', device: device.description, cases: rows });
process.exit(0);
