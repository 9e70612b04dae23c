/**
 * Reductions over the pixels of a batch, per channel: x [P, C] -> [C], P = B*H*W. What several kernels of this folder share: they say what is kept
 * of a channel (a sum, a mean and a spread), how one more pixel enters it and how two parts are merged.
 *
 * Two dispatches. In the first, hundreds of workgroups take a stretch of pixels each: a thread walks over every n-th pixel of it for one channel
 * (or four neighbours, as vec4), neighbouring threads reading neighbouring numbers; the threads of a channel are then merged as a tree in
 * workgroup memory. In the second the parts [chunks, fields, C] are merged in the same way. The order is fixed: the same numbers at every run.
 * Bytes: one read of the input, and 4 * fields * chunks * C twice. Leaves out: atomics, subgroups; other axes.
 */
import { PROCESSORS, type Program } from './dispatch.ts';

export interface PixelReduction {
  name: string;
  pixels: number;
  channels: number;
  /** Members of the kept state, each of type T: f32, or vec4<f32> where the channels are a multiple of four. There is also `n: f32`, pixels. */
  fields: readonly string[];
  /** WGSL function `merge(a: State, b: State) -> State`; a state of all zeros stands for no pixels. */
  merge: string;
  /** Declares tensors from binding 1 on, as arrays of T. */
  bindings: string;
  /** WGSL function `take(state: State, at: i32, column: i32) -> State`: one more pixel. `at` indexes [P, C], `column` [C], in units of T. */
  take: string;
}

const THREADS = 256;
/** Channels (in units of T) of a workgroup: 256 bytes in a row as vec4. Fewer while merging, where rows are few and parts are many. */
const COLUMNS = 16;
const MERGED_COLUMNS = 8;
/** Four for each processor keep a large GPU busy. */
const ENOUGH_WORKGROUPS = 4 * PROCESSORS;
/** A thread with fewer pixels spends its time in the tree. */
const LEAST_PIXELS_PER_THREAD = 8;

/** How many channels lie in one T. */
export const widthOf = (channels: number): 1 | 4 => (channels % 4 === 0 ? 4 : 1);

/** The shape of the parts. */
export function partsShape(reduction: PixelReduction): [chunks: number, fields: number, channels: number] {
  const { pixels, channels, fields } = reduction;
  const { rows, groups } = layout(channels, COLUMNS);
  const most = Math.floor(pixels / (rows * LEAST_PIXELS_PER_THREAD));
  const wanted = Math.max(1, Math.min(Math.ceil(ENOUGH_WORKGROUPS / groups), most));
  return [Math.ceil(pixels / Math.ceil(pixels / wanted)), fields.length, channels];
}

/** Writes the parts (binding 0), and reads or writes what `bindings` declares. */
export function reduceProgram(reduction: PixelReduction): Program {
  const { name, pixels, channels, fields, bindings, take } = reduction;
  const { columns, rows, groups, size } = layout(channels, COLUMNS);
  const [chunks] = partsShape(reduction);
  const length = Math.ceil(pixels / chunks);
  const wgsl = `${common(reduction, columns * rows)}
@group(0) @binding(0) var<storage, read_write> parts: array<T>;
${bindings}
${take}
@compute @workgroup_size(${columns}, ${rows})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) thread: vec3<u32>) {
  let column = i32(group.x * ${columns}u + thread.x);
  let chunk = i32(group.y);
  var state: State;
  if (column < ${size}) {
    let end = min(${pixels}, (chunk + 1) * ${length});
    for (var pixel = chunk * ${length} + i32(thread.y); pixel < end; pixel += ${rows}) {
      state = take(state, pixel * ${size} + column, column);
    }
  }
  ${tree(columns, rows)}
  if (thread.y == 0u && column < ${size}) {
    let first = chunk * ${fields.length * size} + column;
    ${fields.map((field, i) => `parts[first + ${i * size}] = merged.${field};`).join('\n    ')}
  }
}`;
  return { name, wgsl, workgroups: [groups, chunks, 1] };
}

export interface Finish {
  /** Names of the [C] tensors that are written, bound first. */
  writes: readonly string[];
  /** Those of [C] tensors that are read, bound after the parts. */
  reads?: readonly string[];
  /** WGSL type of what is written; default: T. */
  type?: string;
  /** WGSL statements that write what became of `merged` at [column]. */
  finish: string;
}

/** Merges the parts. */
export function mergeProgram(reduction: PixelReduction, { writes, reads = [], type = 'T', finish }: Finish): Program {
  const { name, pixels, channels, fields } = reduction;
  const { columns, rows, groups, size } = layout(channels, MERGED_COLUMNS);
  const [chunks] = partsShape(reduction);
  const length = Math.ceil(pixels / chunks);
  const declare = (names: readonly string[], first: number, kind: string, of: string) =>
    names.map((each, i) => `@group(0) @binding(${first + i}) var<storage, ${kind}> ${each}: array<${of}>;`).join('\n');
  const wgsl = `${common(reduction, columns * rows)}
${declare(writes, 0, 'read_write', type)}
${declare(['parts', ...reads], writes.length, 'read', 'T')}
@compute @workgroup_size(${columns}, ${rows})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) thread: vec3<u32>) {
  let column = i32(group.x * ${columns}u + thread.x);
  var state: State;
  if (column < ${size}) {
    for (var chunk = i32(thread.y); chunk < ${chunks}; chunk += ${rows}) {
      let first = chunk * ${fields.length * size} + column;
      var part: State;
      ${fields.map((field, i) => `part.${field} = parts[first + ${i * size}];`).join('\n      ')}
      part.n = f32(min(${length}, ${pixels} - chunk * ${length}));
      state = merge(state, part);
    }
  }
  ${tree(columns, rows)}
  if (thread.y == 0u && column < ${size}) {
    ${finish}
  }
}`;
  return { name: `${name} merge /${chunks}`, wgsl, workgroups: [groups, 1, 1] };
}

/** A workgroup's threads: `columns` units of T by `rows` of pixels; `groups` workgroups beside each other span the `size` units. */
function layout(channels: number, most: number): { columns: number; rows: number; groups: number; size: number } {
  const size = channels / widthOf(channels);
  const columns = Math.min(size, most);
  return { columns, rows: Math.floor(THREADS / columns), groups: Math.ceil(size / columns), size };
}

const common = ({ channels, fields, merge }: PixelReduction, threads: number) => `
alias T = ${widthOf(channels) === 4 ? 'vec4<f32>' : 'f32'};
struct State { ${fields.map(field => `${field}: T, `).join('')}n: f32 }
var<workgroup> states: array<State, ${threads}>;
${merge}`;

/** Merges the states of a column into `merged`, which its first row holds. */
const tree = (columns: number, rows: number) => `
  let own = thread.y * ${columns}u + thread.x;
  states[own] = state;
  workgroupBarrier();
  for (var span = ${rows}u; span > 1u; span = (span + 1u) / 2u) {
    let half = (span + 1u) / 2u;
    if (thread.y + half < span) { states[own] = merge(states[own], states[own + half * ${columns}u]); }
    workgroupBarrier();
  }
  let merged = states[thread.x];`;

/** `merge` of states whose fields are all sums. */
export const sums = (fields: readonly string[]) => `
fn merge(a: State, b: State) -> State {
  return State(${fields.map(field => `a.${field} + b.${field}, `).join('')}a.n + b.n);
}`;
