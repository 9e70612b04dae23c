/**
 * GroupedConv2DBackpropFilter: the gradient of a grouped convolution with respect to its filter.
 *
 *   x [B, H, W, C], dy [B, OH, OW, N]  ->  dW [KH, KW, C/G, N]
 *   dW[i, j, k, n] = sum over b, h, v of  x[b, h*sh + i - top, v*sw + j - left, first input of n's group + k] * dy[b, h, v, n]
 *
 * A thread has one row of taps, four inputs and four outputs of a group in its registers (3 x 3: 48 sums) and goes along strips of up to 32 pixels of dy: per
 * pixel it reads one vec4 of dy and, as the window slides, `stride` of x: at stride 1 32 bytes for 48 multiply-adds. 16 neighbouring threads read 256
 * bytes of dy in a row. 8 strips at a time share a workgroup, whose sums are added in workgroup memory; where the weights are few (32 groups of 4:
 * 4608) the strips are shared by further workgroups, and a second pass adds their parts. The order is fixed: the same numbers at every run, no atomics.
 * FLOPs: 2 B OH OW N KH KW C/G; bytes at least 4 (B H W C + B OH OW N + KH KW C/G N (2 parts + 1)). dy is read KH C/(4 G) times, 3 to 24, mostly from
 * the caches: the limit of the wide groups. Any stride and padding, float32 products in mixed precision too. Speed on a GPU: not measured.
 */
import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import { compute, discard, flatGrid, PROCESSORS, type Program } from './dispatch.ts';
import { elementwiseProgram } from './elementwise.ts';
import { counting } from './gemm-fetch.ts';
import { type GroupedAttrs, type GroupedSizes, groupsOf } from './grouped-conv2d.ts';
import { widthOf } from './pixel-reduction.ts';

const COLUMNS = 16;
const LANES = 8;
const LONGEST_STRIP = 32;
const ENOUGH_WORKGROUPS = 4 * PROCESSORS;

export const groupedConv2dBackpropFilter: KernelConfig = {
  kernelName: 'GroupedConv2DBackpropFilter',
  backendName: 'webgpu',
  kernelFunc: given => {
    const { x, dy } = given.inputs as { x: TensorInfo; dy: TensorInfo };
    const { filterShape, ...attrs } = given.attrs as unknown as GroupedAttrs & { filterShape: number[] };
    const sizes = groupsOf(x.shape, filterShape, attrs);
    const layout = layoutOf(sizes);
    const { parts } = layout;
    if (parts === 1) return compute(sumProgram(sizes, layout), filterShape, [x, dy]);
    const partial = compute(sumProgram(sizes, layout), [parts, ...filterShape], [x, dy]);
    const dw = compute(addParts(filterShape, parts), filterShape, [partial]);
    discard(partial);
    return dw;
  },
};

interface Layout {
  /** Channels in one unit of x and of dy. */
  widths: { x: 1 | 4; y: 1 | 4 };
  /** Of dy. */
  units: number;
  columns: number;
  blocks: number;
  /** Rows of taps, for each unit of a group's inputs. */
  tasks: number;
  lanes: number;
  strip: number;
  stripsPerRow: number;
  strips: number;
  /** Workgroups that share the strips, and how many each takes. */
  parts: number;
  stripsPerPart: number;
}

function layoutOf({ conv, x, y }: GroupedSizes): Layout {
  const widths = { x: widthOf(x.own), y: widthOf(y.own) };
  const units = y.channels / widths.y;
  const columns = Math.min(COLUMNS, units);
  const blocks = Math.ceil(units / columns);
  const tasks = (conv.filterHeight * x.own) / widths.x;
  const strip = Math.ceil(y.width / Math.ceil(y.width / LONGEST_STRIP));
  const stripsPerRow = Math.ceil(y.width / strip);
  const strips = conv.batchSize * y.height * stripsPerRow;
  const lanes = Math.min(LANES, strips);
  const wanted = Math.min(Math.ceil(ENOUGH_WORKGROUPS / (blocks * tasks)), Math.floor(strips / lanes));
  const stripsPerPart = Math.ceil(strips / wanted);
  const parts = Math.ceil(strips / stripsPerPart);
  return { widths, units, columns, blocks, tasks, lanes, strip, stripsPerRow, strips, parts, stripsPerPart };
}

/** Writes the parts [parts, KH, KW, C/G, N]. */
function sumProgram(sizes: GroupedSizes, layout: Layout): Program {
  const { conv, x, y } = sizes;
  const { widths, units, columns, blocks, tasks, lanes, parts, stripsPerPart } = layout;
  const grid = flatGrid(blocks * tasks * parts);
  const type = (width: 1 | 4) => (width === 4 ? 'vec4<f32>' : 'f32');
  const eachSum = (line: (sum: string, j: number, k: number) => string) =>
    counting(conv.filterWidth)
      .flatMap(j => counting(widths.x).map(k => line(`sum${j}_${k}`, j, k)))
      .join('\n');
  const wgsl = `
alias S = ${type(widths.x)};
alias T = ${type(widths.y)};
@group(0) @binding(0) var<storage, read_write> parts: array<T>;
@group(0) @binding(1) var<storage, read> x: array<S>;
@group(0) @binding(2) var<storage, read> dy: array<T>;
var<workgroup> sums: array<T, ${widths.x * columns * lanes}>;
fn pixel(line: i32, column: i32, unit: i32) -> S {
  if (column < 0 || column >= ${x.width}) { return S(); }
  return x[(line + column) * ${x.channels / widths.x} + unit];
}
@compute @workgroup_size(${columns * lanes})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) invocation: u32) {
  let index = i32(${grid.index});
  if (index >= ${blocks * tasks * parts}) { return; }
  let thread = i32(invocation);
  let firstUnit = (index % ${blocks}) * ${columns};
  let unit = firstUnit + thread % ${columns};
  let task = (index / ${blocks}) % ${tasks};
  let part = index / ${blocks * tasks};
  let i = task / ${x.own / widths.x};
  let input = task % ${x.own / widths.x};
  let source = (unit * ${widths.y} / ${y.own}) * ${x.own / widths.x} + input;
${eachSum(sum => `  var ${sum} = T();`)}
  let end = select(0, min(${layout.strips}, (part + 1) * ${stripsPerPart}), unit < ${units});
  for (var strip = part * ${stripsPerPart} + thread / ${columns}; strip < end; strip += ${lanes}) {
${walk(sizes, layout, eachSum)}
  }
${merge(sizes, layout)}
}`;
  return { name: `GroupedConv2DBackpropFilter /${parts}`, wgsl, workgroups: grid.workgroups };
}

/** Adds what the pixels of a strip are to a thread's sums. */
function walk(
  { conv, x, y }: GroupedSizes,
  { widths, units, strip, stripsPerRow }: Layout,
  eachSum: (line: (sum: string, j: number, k: number) => string) => string,
): string {
  const { filterWidth: KW, strideHeight: sh, strideWidth: sw, padInfo } = conv;
  const column = (v: string, j: number) => `pixel(line, ${v} * ${sw} + ${j - padInfo.left}, source)`;
  const kept = Math.max(0, KW - sw);
  return `
    let row = strip / ${stripsPerRow};
    let h = (row % ${y.height}) * ${sh} + i - ${padInfo.top};
    if (h < 0 || h >= ${x.height}) { continue; }
    let line = ((row / ${y.height}) * ${x.height} + h) * ${x.width};
    let left = (strip % ${stripsPerRow}) * ${strip};
${counting(KW)
  .map(j => `    var x${j} = ${j < sw ? 'S()' : column('left', j - sw)};`)
  .join('\n')}
    for (var v = left; v < min(left + ${strip}, ${y.width}); v++) {
${counting(KW)
  .map(j => `      x${j} = ${j < kept ? `x${j + sw}` : column('v', j)};`)
  .join('\n')}
      let g = dy[(row * ${y.width} + v) * ${units} + unit];
${eachSum((sum, j, k) => `      ${sum} = fma(T(${widths.x === 4 ? `x${j}[${k}]` : `x${j}`}), g, ${sum});`)}
    }`;
}

/** Adds the sums of a workgroup's lanes, a column of taps at a time, and writes them. */
function merge({ conv, x }: GroupedSizes, { widths, units, columns, lanes, tasks }: Layout): string {
  const { filterWidth: KW } = conv;
  const threads = columns * lanes;
  const size = tasks * KW * widths.x * units;
  const tap = (j: number) => `
${counting(widths.x)
  .map(k => `  sums[${k * threads} + thread] = sum${j}_${k};`)
  .join('\n')}
  workgroupBarrier();
  for (var at = thread; at < ${widths.x * columns}; at += ${threads}) {
    let k = at / ${columns};
    let c = at % ${columns};
    var sum = T();
    for (var lane = 0; lane < ${lanes}; lane++) { sum += sums[k * ${threads} + lane * ${columns} + c]; }
    if (firstUnit + c < ${units}) {
      parts[part * ${size} + ((i * ${KW} + ${j}) * ${x.own} + input * ${widths.x} + k) * ${units} + firstUnit + c] = sum;
    }
  }
  workgroupBarrier();`;
  return counting(KW).map(tap).join('');
}

function addParts(filterShape: readonly number[], parts: number): Program {
  const size = filterShape.reduce((a, b) => a * b);
  const width = widthOf(size);
  return elementwiseProgram({
    ...{ name: `GroupedConv2DBackpropFilter sum /${parts}`, size, width },
    declarations: `
@group(0) @binding(0) var<storage, read_write> dw: array<T>;
@group(0) @binding(1) var<storage, read> parts: array<T>;`,
    body: `
  var sum = T();
  for (var part = 0; part < ${parts}; part++) { sum += parts[part * ${size / width} + i]; }
  dw[i] = sum;`,
  });
}
