/**
 * GlobalPeaks (../global-peaks.ts): maps [B, h, w, K] -> peaks [B, K, 3].
 *
 * Two dispatches. In the first, hundreds of workgroups take a stretch of one frame's pixels each: a thread walks over every n-th pixel of it for one
 * channel, neighbouring threads reading neighbouring numbers, and keeps the maximum with the first row and the first column that hold it; the threads of a channel
 * are merged as a tree in workgroup memory. In the second a workgroup for each frame and group of channels merges the parts in the same way, and one thread a channel
 * reads the patch. Which of two equal maxima is met first does not matter: the same peaks at every run. Bytes: one read of the maps, and 12 * parts * B K twice.
 *
 * Shaders may take it for granted that there is no NaN, so numbers are compared and told from NaN as bits: orderOf() gives integers that are in the order of the
 * numbers. The result is bound as integers too, so that its NaN is written as the bits that it has. Leaves out: atomics, subgroups, vec4.
 */
import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import { webGpuBackend } from '../../device/tfjs-webgpu.ts';
import { GLOBAL_PEAKS, type PeakKernelAttrs } from '../global-peaks.ts';
import { compute, discard, dispatch, PROCESSORS, type Program } from './dispatch.ts';

type Shape4D = [batch: number, height: number, width: number, channels: number];

const THREADS = 256;
/** Channels of a workgroup: 128 bytes in a row. */
const MOST_COLUMNS = 32;
/** Four for each processor keep a large GPU busy. */
const ENOUGH_WORKGROUPS = 4 * PROCESSORS;
/** A thread with fewer pixels spends its time in the tree. */
const LEAST_PIXELS_PER_THREAD = 8;
/** Key, row and column. */
const FIELDS = 3;

export const globalPeaks: KernelConfig = {
  kernelName: GLOBAL_PEAKS,
  backendName: 'webgpu',
  kernelFunc: ({ inputs, attrs }) => {
    const { maps } = inputs as { maps: TensorInfo };
    const shape = maps.shape as Shape4D;
    const [batch, , , channels] = shape;
    const layout = layoutOf(shape);
    const parts = webGpuBackend().makeTensorInfo([batch, layout.chunks, FIELDS, channels], 'int32');
    dispatch(searchProgram(shape, layout), [parts], [maps]);
    const program = refineProgram(shape, layout, attrs as unknown as PeakKernelAttrs);
    const peaks = compute(program, [batch, channels, 3], [parts, maps]);
    discard(parts);
    return peaks;
  },
};

interface Layout {
  /** A workgroup's threads: channels by pixels. */
  columns: number;
  rows: number;
  /** Workgroups beside each other that span the channels. */
  groups: number;
  /** Stretches of a frame, and pixels of each but the last. */
  chunks: number;
  length: number;
}

function layoutOf([batch, height, width, channels]: Shape4D): Layout {
  const groups = Math.ceil(channels / MOST_COLUMNS);
  const columns = Math.ceil(channels / groups);
  const rows = Math.floor(THREADS / columns);
  const pixels = height * width;
  const most = Math.floor(pixels / (rows * LEAST_PIXELS_PER_THREAD));
  const wanted = Math.max(1, Math.min(Math.ceil(ENOUGH_WORKGROUPS / (groups * batch)), most));
  const length = Math.ceil(pixels / wanted);
  return { columns, rows, groups, chunks: Math.ceil(pixels / length), length };
}

/** Writes the parts (binding 0). */
function searchProgram(shape: Shape4D, { columns, rows, groups, chunks, length }: Layout): Program {
  const [batch, height, width, channels] = shape;
  const pixels = height * width;
  const wgsl = `${common(columns * rows)}
@group(0) @binding(0) var<storage, read_write> parts: array<u32>;
@group(0) @binding(1) var<storage, read> maps: array<u32>;
@compute @workgroup_size(${columns}, ${rows})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) thread: vec3<u32>) {
  let channel = group.x * ${columns}u + thread.x;
  var best = NONE;
  if (channel < ${channels}u) {
    let frame = group.z * ${pixels}u;
    let end = min(${pixels}u, (group.y + 1u) * ${length}u);
    for (var pixel = group.y * ${length}u + thread.y; pixel < end; pixel += ${rows}u) {
      let key = orderOf(maps[(frame + pixel) * ${channels}u + channel]);
      if (key >= best.key) { best = merge(best, Peak(key, pixel / ${width}u, pixel % ${width}u)); }
    }
  }
  ${tree(columns, rows)}
  if (thread.y == 0u && channel < ${channels}u) {
    let first = (group.z * ${chunks}u + group.y) * ${FIELDS * channels}u + channel;
    parts[first] = merged.key;
    parts[first + ${channels}u] = merged.row;
    parts[first + ${2 * channels}u] = merged.column;
  }
}`;
  return { name: 'GlobalPeaks search', wgsl, workgroups: [groups, chunks, batch] };
}

/** Merges the parts and writes the peaks (binding 0). */
function refineProgram(shape: Shape4D, layout: Layout, attrs: PeakKernelAttrs): Program {
  const [batch, height, width, channels] = shape;
  const { columns, rows, groups, chunks } = layout;
  const threshold = new Uint32Array(Float32Array.of(attrs.threshold).buffer)[0];
  const wgsl = `${common(columns * rows)}
@group(0) @binding(0) var<storage, read_write> peaks: array<u32>;
@group(0) @binding(1) var<storage, read> parts: array<u32>;
@group(0) @binding(2) var<storage, read> maps: array<u32>;
const NAN = 0x7fc00000u;
fn bitsAt(first: u32, row: i32, column: i32) -> u32 {
  return maps[first + u32(row * ${width} + column) * ${channels}u];
}
${offsetFunction(shape, attrs)}
@compute @workgroup_size(${columns}, ${rows})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) thread: vec3<u32>) {
  let channel = group.x * ${columns}u + thread.x;
  var best = NONE;
  if (channel < ${channels}u) {
    for (var chunk = thread.y; chunk < ${chunks}u; chunk += ${rows}u) {
      let first = (group.y * ${chunks}u + chunk) * ${FIELDS * channels}u + channel;
      best = merge(best, Peak(parts[first], parts[first + ${channels}u], parts[first + ${2 * channels}u]));
    }
  }
  ${tree(columns, rows)}
  if (thread.y == 0u && channel < ${channels}u) {
    let first = group.y * ${height * width * channels}u + channel;
    let row = i32(merged.row);
    let column = i32(merged.column);
    let score = bitsAt(first, row, column);
    var place = vec2<u32>(NAN);
    if (orderOf(score) >= orderOf(${threshold}u)) {
      place = bitcast<vec2<u32>>(vec2<f32>(f32(column), f32(row)) + offset(first, row, column));
    }
    let to = 3u * (group.y * ${channels}u + channel);
    peaks[to] = place.x;
    peaks[to + 1u] = place.y;
    peaks[to + 2u] = score;
  }
}`;
  return { name: `GlobalPeaks refine /${chunks}`, wgsl, workgroups: [groups, batch, 1] };
}

/** WGSL function `offset(first, row, column)`: from the rough peak to the refined one; `first` is where the channel's map begins. */
function offsetFunction([, height, width]: Shape4D, { refinement, patchSize }: PeakKernelAttrs): string {
  const signature = 'fn offset(first: u32, row: i32, column: i32) -> vec2<f32>';
  if (refinement === 'none') return `${signature} { return vec2<f32>(0.0); }`;
  if (refinement === 'local') {
    return `
fn orderAt(first: u32, row: i32, column: i32) -> u32 {
  if (row < 0 || column < 0 || row >= ${height} || column >= ${width}) { return orderOf(0u); }
  return orderOf(bitsAt(first, row, column));
}
fn quarter(before: u32, after: u32) -> f32 {
  if (before == after || before == 0u || after == 0u) { return 0.0; }
  return select(-0.25, 0.25, after > before);
}
${signature} {
  return vec2<f32>(
    quarter(orderAt(first, row, column - 1), orderAt(first, row, column + 1)),
    quarter(orderAt(first, row - 1, column), orderAt(first, row + 1, column)));
}`;
  }
  const reach = (patchSize - 1) / 2;
  return `
const MOST = 3.4e38;
${signature} {
  var sum = 0.0;
  var moments = vec2<f32>(0.0);
  for (var y = max(-${reach}, -row); y <= min(${reach}, ${height - 1} - row); y++) {
    for (var x = max(-${reach}, -column); x <= min(${reach}, ${width - 1} - column); x++) {
      let bits = bitsAt(first, row + y, column + x);
      if ((bits & 0x7fffffffu) >= 0x7f800000u) { return vec2<f32>(0.0); }
      let value = bitcast<f32>(bits);
      sum += value;
      moments += value * vec2<f32>(f32(x), f32(y));
    }
  }
  // Before the division, so that there is none by 0.
  let inside = abs(sum) > 0.0 && abs(sum) <= MOST && all(abs(moments) <= vec2<f32>(min(MOST, ${reach}.0 * abs(sum))));
  if (!inside) { return vec2<f32>(0.0); }
  return moments / sum;
}`;
}

/** What both programs begin with. NONE is what a thread without pixels, or with nothing above -infinity, has found. */
const common = (threads: number) => `
struct Peak { key: u32, row: u32, column: u32 }
const NONE = Peak(0x00800000u, 0u, 0u);
var<workgroup> found: array<Peak, ${threads}>;

/// Larger for a larger number, the same for 0 and -0, 0 for what is no number; from float32's bits.
fn orderOf(bits: u32) -> u32 {
  let magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) { return 0u; }
  return select(0x80000000u + magnitude, 0x80000000u - magnitude, bits > magnitude);
}

fn merge(a: Peak, b: Peak) -> Peak {
  if (a.key > b.key) { return a; }
  if (a.key < b.key) { return b; }
  return Peak(a.key, min(a.row, b.row), min(a.column, b.column));
}`;

/** Merges what the threads of a column found into \`merged\`, which its first row holds. */
const tree = (columns: number, rows: number) => `
  let own = thread.y * ${columns}u + thread.x;
  found[own] = best;
  workgroupBarrier();
  for (var span = ${rows}u; span > 1u; span = (span + 1u) / 2u) {
    let half = (span + 1u) / 2u;
    if (thread.y + half < span) { found[own] = merge(found[own], found[own + half * ${columns}u]); }
    workgroupBarrier();
  }
  let merged = found[thread.x];`;
