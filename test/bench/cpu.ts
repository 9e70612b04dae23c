/**
 * `npm run bench -- cpu [ceiling|kernels|train|inference|soak]... [--threads 2] [--seconds S] [--profile]`: the CPU backend beside what a core can do, beside
 * the kernels it had first, and beside other runtimes (cpu/peers.ts: PEERS_DIR, PEER_PYTHON, PEER_SCRIPT), strictly one after another.
 * Without a section: all but soak. --profile adds the time in each kernel (cpu/timing.ts). Tables in Markdown, then JSON in results/.
 * On Node 20 fused multiply-adds need `node --experimental-wasm-relaxed-simd --import tsx test/bench/main.ts cpu`.
 */
import { parseArgs } from 'node:util';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { openDevice } from '../../gpu-worker/device/open.ts';
import { type Ceiling, ceilingOf, measureCeiling } from './cpu/ceiling.ts';
import { type ConvolutionRow, measureConvolutions, measureOthers } from './cpu/kernels.ts';
import { measurePeer, PEERS, type Peer, type PeerRow } from './cpu/peers.ts';
import { soak } from './cpu/soak.ts';
import { measureStep, type StepRow, type What } from './cpu/steps.ts';
import { argumentsOf, saveResult } from './results.ts';
import type { UNetName } from './unet-cases.ts';

const NAMES: Record<Peer, string> = {
  ...{ first: 'first kernels', stock: 'stock wasm', onnx: 'ONNX Runtime', torch: 'PyTorch' },
};
const SECTIONS = ['ceiling', 'kernels', 'train', 'inference', 'soak'] as const;
const CASES: UNetName[] = ['lab160', 'robot'];
const BATCHES = [1, 4];

const { values, positionals } = parseArgs({
  args: argumentsOf('cpu'),
  allowPositionals: true,
  options: {
    threads: { type: 'string', default: '2' },
    seconds: { type: 'string', default: '5' },
    profile: { type: 'boolean', default: false },
  },
});
const unknown = positionals.find(name => !SECTIONS.includes(name as never));
if (unknown !== undefined) {
  console.error(`There is no section ${unknown}: name some of ${SECTIONS.join(', ')}.`);
  process.exit(1);
}
const sections = new Set(positionals.length > 0 ? positionals : SECTIONS.filter(name => name !== 'soak'));
const [threads, seconds] = [Number(values.threads), Number(values.seconds)];
const { profile } = values;

const results: object[] = [];
// Before the backend has threads that look for work.
const ceilings = sections.has('ceiling') || sections.has('kernels') ? await measureCeiling(threads, seconds / 10) : [];
if (ceilings.length > 0) printCeilings();
const { description } = await openDevice('wasm', { threads });
if (sections.has('kernels')) await kernelSection();
if (sections.has('train')) await stepSection('train');
if (sections.has('inference')) await stepSection('infer');
if (sections.has('soak')) await soakSection();
await saveResult({ name: 'cpu', device: description, cases: results });
process.exit(0);

function printCeilings(): void {
  const rows = ceilings.map(({ instructions, threads: count, gflops_per_s }: Ceiling) => [
    ...[instructions, count, shown(gflops_per_s, 'not in this runtime')],
  ]);
  printTable('ceiling of a core', ['instructions', 'threads at once', 'GFLOP/s a thread'], rows);
  results.push(...ceilings.map(row => ({ section: 'ceiling', ...row })));
}

async function kernelSection(): Promise<void> {
  const measured = { batch: 4, threads, seconds: seconds / 10 };
  const ceiling = ceilingOf(ceilings);
  const share = (gflops: number) => `${((100 * gflops) / ceiling).toFixed(0)} %`;
  const convolutions = await measureConvolutions('lab160', measured);
  const row = ({ shape, kernel, ms, gflops_per_s }: ConvolutionRow) => [shape, kernel, shown(ms), shown(gflops_per_s)];
  const cells = convolutions.map(each => [...row(each), share(each.gflops_per_s)]);
  for (const kernel of ['FusedConv2D', 'Conv2DBackpropInput', 'Conv2DBackpropFilter'] as const) {
    const own = convolutions.filter(each => each.kernel === kernel);
    const [ms, mflop] = [sum(own.map(each => each.ms)), sum(own.map(each => each.mflop))];
    cells.push(['each shape once', kernel, shown(ms), shown(mflop / ms / threads), share(mflop / ms / threads)]);
  }
  const heads = ['convolution', 'kernel', 'ms', 'GFLOP/s a thread', 'of the ceiling'];
  printTable('convolutions of lab160', heads, cells);
  const others = await measureOthers('lab160', measured);
  const otherCells = others.map(({ kernel, shape, ms, gbytes_per_s }) => [
    kernel,
    shape,
    shown(ms),
    shown(gbytes_per_s),
  ]);
  printTable('other kernels', ['kernel', 'shapes', 'ms', 'GB/s'], otherCells);
  const inCeilings = convolutions.map(each => ({ ...each, of_ceiling: each.gflops_per_s / ceiling }));
  results.push(...[...inCeilings, ...others].map(each => ({ section: 'kernels', ...each })));
}

async function stepSection(what: What): Promise<void> {
  const ours: StepRow[] = [];
  for (const name of CASES)
    for (const batch of BATCHES) ours.push(await measureStep(what, name, batch, { seconds, profile }));
  const options = { cases: CASES, batches: BATCHES, threads, seconds, profile };
  const theirs: PeerRow[] = [];
  for (const peer of PEERS) theirs.push(...(await measurePeer(peer, what, options)));
  const of = (peer: Peer, row: StepRow) =>
    theirs.find(each => each.peer === peer && each.case === row.case && each.batch === row.batch);
  const peers = PEERS.filter(peer => what === 'infer' || peer === 'first' || peer === 'torch');
  const heads = ['case', 'batch', 'ours ms', ...peers.flatMap(peer => [`${NAMES[peer]} ms`, 'ratio'])];
  const cells = ours.map(row => [
    ...[row.case, row.batch, shown(row.ms)],
    ...peers.flatMap(peer => {
      const ms = of(peer, row)?.ms;
      return [shown(ms, 'not measured'), ms === undefined ? '' : (ms / row.ms).toFixed(2)];
    }),
  ]);
  printTable(`${what === 'train' ? 'training step' : 'inference'}; ratio: theirs / ours`, heads, cells);
  if (profile) for (const row of [...ours, ...theirs]) printProfile(row);
  const all = [...ours.map(row => ({ ...row, peer: 'ours' })), ...theirs];
  results.push(...all.map(row => ({ section: what, ...row })));
}

async function soakSection(): Promise<void> {
  const heap = (tf.backend() as BackendWasm).wasm.HEAPU8 as Uint8Array;
  const rows = await soak(() => heap.buffer.byteLength);
  const cells = rows.map(({ steps, tensors, bytes, heap_mib, rss_mib, loss }) => [
    ...[steps, tensors, bytes, shown(heap_mib), shown(rss_mib), loss.toExponential(3)],
  ]);
  printTable('soak', ['steps', 'tensors', 'bytes', 'heap MiB', 'resident MiB', 'loss'], cells);
  results.push(...rows.map(row => ({ section: 'soak', ...row })));
}

function printProfile({ peer = 'ours', case: name, batch, profile: shares = [] }: StepRow & { peer?: string }): void {
  if (shares.length === 0) return;
  const cells = shares.map(({ kernel, calls, ms }) => [kernel, calls.toFixed(0), shown(ms)]);
  printTable(`${name}, batch ${batch}, ${peer}: time by kernel`, ['kernel', 'calls', 'ms'], cells);
}

function printTable(title: string, heads: string[], rows: (string | number)[][]): void {
  console.log(`\n${title} (${process.version})\n`);
  console.log(`| ${heads.join(' | ')} |\n|${'---|'.repeat(heads.length)}`);
  for (const row of rows) console.log(`| ${row.join(' | ')} |`);
}

function shown(value: number | null | undefined, otherwise = ''): string {
  return value?.toPrecision(3) ?? otherwise;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
