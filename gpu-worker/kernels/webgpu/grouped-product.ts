/**
 * The sums of a convolution whose channels come in groups, over taps and over the channels of one group: what grouped-conv2d.ts makes y and dx with.
 *
 * Not an implicit GEMM: with 4 to 32 outputs to a group most of a tile of 128 x 64 would be for nothing, and a group's channels, cut out of NHWC, are
 * reads of 16 to 128 bytes. Here a workgroup makes 16 units of four neighbouring channels (256 bytes in a row, one or several groups) of 8 strips. A thread
 * has one unit of a strip of up to 8 pixels in its registers. For every four channels that are summed, the workgroup brings their slice of the filter
 * (3 x 3: 9 KiB) into workgroup memory, where the 8 strips share it; each thread then goes through the rows of taps and reads every pixel once per row.
 *
 * Per row of 3 taps and strip of 8: 10 reads of x and 12 of the slice, 16 bytes each, for 384 multiply-adds: 0.9 bytes each, where a processor of a large GPU
 * reads about one from its cache or workgroup memory. In groups of 4 neighbouring threads read neighbouring units of x; in groups of 32 eight threads
 * read the same one, and what lies beside it in the line is read next, from the cache. Of memory x is read about once, the filter once per workgroup.
 * Limits: float32 in mixed precision too (halves save nothing without matrix units, ADR 0009, which groups this small do not fill); filters at most 16 wide;
 * a strip reads 2 pixels of 10 that its neighbours read too; a group of fewer than four channels, or not a multiple, goes one by one; the lengths of strips
 * are reckoned, not tuned. Speed on a GPU: not measured.
 */
import { flatGrid, PROCESSORS, type Program } from './dispatch.ts';
import { counting } from './gemm-fetch.ts';
import { widthOf } from './pixel-reduction.ts';

/** A tensor [batch, height, width, channels] with so many channels of its `own` to each group. */
export interface Grouped {
  height: number;
  width: number;
  channels: number;
  own: number;
}

export interface GroupedProduct {
  name: string;
  batch: number;
  source: Grouped;
  result: Grouped;
  /** Rows and columns of pixels that enter one result. */
  taps: [number, number];
  /** Pixels of the source from one result of a phase to the next. */
  step: [number, number];
  /** Results whose rows and columns have the same remainder by these are a phase: its number are the globals phaseH and phaseW. */
  phases: [number, number];
  /**
   * WGSL, where T is f32 or vec4<f32>, and `weights`, the filter, is an array of `filterType`:
   * `originH() -> i32`, `originW() -> i32`: what the first tap of a phase's first result meets in the source;
   * `hasRow(i: i32) -> bool`: whether this row of taps is not all zeros;
   * `factors(i: i32, j: i32, k: i32, n: i32) -> T`: of channel k of the group through tap (i, j), for result n and, in a vec4, the next ones.
   */
  wgsl: string;
  filterType: 'T' | 'f32';
}

const COLUMNS = 16;
const THREADS = 128;
/** Pixels of a strip; with a step above one its threads hold twice the pixels of the source. */
const LONGEST_STRIP = { unitStep: 8, longerStep: 4 };
const ENOUGH_WORKGROUPS = 2 * PROCESSORS;
const SLICE_BYTES = 12 * 1024;
const WIDEST_FILTER = 16;

/** Numbers of the shader. */
interface Layout {
  /** Channels in one unit of the source and of the result. */
  widths: { source: 1 | 4; result: 1 | 4 };
  units: number;
  columns: number;
  lanes: number;
  blocks: number;
  /** Rows and columns of results in a phase. */
  phase: [number, number];
  strip: number;
  stripsPerRow: number;
  /** Of strips, `lanes` to each workgroup. */
  stripBlocks: number;
  /** Rows of taps in workgroup memory at a time. */
  rows: number;
}

/** @throws Error when the filter is wider than 16. */
export function groupedProgram(product: GroupedProduct): Program {
  if (product.taps[1] > WIDEST_FILTER)
    throw new Error('A grouped convolution on webgpu has a filter of at most 16 columns.');
  const layout = layoutOf(product);
  const { widths, columns, lanes, blocks, stripBlocks, rows, strip } = layout;
  const grid = flatGrid(blocks * stripBlocks);
  const type = (width: 1 | 4) => (width === 4 ? 'vec4<f32>' : 'f32');
  const wgsl = `
alias S = ${type(widths.source)};
alias T = ${type(widths.result)};
@group(0) @binding(0) var<storage, read_write> result: array<T>;
@group(0) @binding(1) var<storage, read> source: array<S>;
@group(0) @binding(2) var<storage, read> weights: array<${product.filterType}>;
var<workgroup> slice: array<T, ${rows * product.taps[1] * widths.source * columns}>;
var<private> phaseH: i32;
var<private> phaseW: i32;
${product.wgsl}
fn pixel(line: i32, column: i32, unit: i32) -> S {
  if (column < 0 || column >= ${product.source.width}) { return S(); }
  return source[(line + column) * ${product.source.channels / widths.source} + unit];
}
@compute @workgroup_size(${columns * lanes})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) invocation: u32) {
  let index = i32(${grid.index});
  if (index >= ${blocks * stripBlocks}) { return; }
  let thread = i32(invocation);
  phaseH = i32(group.z) / ${product.phases[1]};
  phaseW = i32(group.z) % ${product.phases[1]};
${placeOf(product, layout)}
${counting(strip)
  .map(p => `  var sum${p} = T();`)
  .join('\n')}
${sumOf(product, layout)}
${writeOf(product, layout)}
}`;
  const [x, y] = grid.workgroups;
  return { name: `${product.name} ${strip}`, wgsl, workgroups: [x, y, product.phases[0] * product.phases[1]] };
}

function layoutOf({ batch, source, result, taps, step, phases }: GroupedProduct): Layout {
  const widths = { source: widthOf(source.own), result: widthOf(result.own) };
  const units = result.channels / widths.result;
  const columns = Math.min(COLUMNS, units);
  const lanes = Math.floor(THREADS / columns);
  const blocks = Math.ceil(units / columns);
  const phase: [number, number] = [Math.ceil(result.height / phases[0]), Math.ceil(result.width / phases[1])];
  const stripsOf = (perRow: number) => Math.ceil((batch * phase[0] * perRow) / lanes);
  // Strips become shorter, down to two pixels, until there are enough workgroups.
  let perRow = Math.ceil(phase[1] / (step[1] === 1 ? LONGEST_STRIP.unitStep : LONGEST_STRIP.longerStep));
  while (blocks * stripsOf(perRow) * phases[0] * phases[1] < ENOUGH_WORKGROUPS && phase[1] > 2 * perRow) perRow++;
  const strip = Math.ceil(phase[1] / perRow);
  const stripsPerRow = Math.ceil(phase[1] / strip);
  const rowBytes = 4 * taps[1] * widths.source * columns * widths.result;
  return {
    ...{ widths, units, columns, lanes, blocks, phase, strip, stripsPerRow, stripBlocks: stripsOf(stripsPerRow) },
    rows: Math.min(taps[0], Math.max(1, Math.floor(SLICE_BYTES / rowBytes))),
  };
}

/** Where a thread's strip lies, in the result and in the source. */
function placeOf({ batch, source, result, step }: GroupedProduct, layout: Layout): string {
  const { widths, units, columns, lanes, blocks, phase, strip, stripsPerRow } = layout;
  return `
  let column = thread % ${columns};
  let firstUnit = (index % ${blocks}) * ${columns};
  let unit = firstUnit + column;
  let strip = (index / ${blocks}) * ${lanes} + thread / ${columns};
  let isInside = unit < ${units} && strip < ${batch * phase[0] * stripsPerRow};
  let left = (strip % ${stripsPerRow}) * ${strip};
  let row = (strip / ${stripsPerRow}) % ${phase[0]};
  let frame = strip / ${stripsPerRow * phase[0]};
  let firstRow = originH() + row * ${step[0]};
  let firstColumn = originW() + left * ${step[1]};
  let firstSource = (unit * ${widths.result} / ${result.own}) * ${source.own / widths.source};`;
}

/** Adds up `sum0`, `sum1`, ..., one for each pixel of the strip. */
function sumOf({ source, result, taps, step }: GroupedProduct, layout: Layout): string {
  const { widths, columns, lanes, rows, strip } = layout;
  const perTap = widths.source * columns;
  const channel = (pixel: number, k: number) => (widths.source === 4 ? `x${pixel}[${k}]` : `x${pixel}`);
  const multiply = (j: number, k: number) => `
      {
        let w = slice[tapRow + ${j * perTap + k * columns}];
${counting(strip)
  .map(p => `        sum${p} = fma(T(${channel(p * step[1] + j, k)}), w, sum${p});`)
  .join('\n')}
      }`;
  const pixels = counting((strip - 1) * step[1] + taps[1]).filter(at => at % step[1] < taps[1]);
  return `
  for (var block = 0; block < ${source.own / widths.source}; block++) {
  for (var top = 0; top < ${taps[0]}; top += ${rows}) {
    let rows = min(${rows}, ${taps[0]} - top);
    for (var at = thread; at < rows * ${taps[1] * perTap}; at += ${columns * lanes}) {
      let k = at % ${widths.source};
      let c = (at / ${widths.source}) % ${columns};
      let tap = at / ${perTap};
      let n = (firstUnit + c) * ${widths.result};
      var value = T();
      if (n < ${result.channels}) { value = factors(top + tap / ${taps[1]}, tap % ${taps[1]}, block * ${widths.source} + k, n); }
      slice[tap * ${perTap} + k * ${columns} + c] = value;
    }
    workgroupBarrier();
    for (var i = 0; i < rows; i++) {
      let h = firstRow + top + i;
      if (!isInside || h < 0 || h >= ${source.height} || !hasRow(top + i)) { continue; }
      let line = (frame * ${source.height} + h) * ${source.width};
      let tapRow = i * ${taps[1] * perTap} + column;
${pixels.map(at => `      let x${at} = pixel(line, firstColumn + ${at}, firstSource + block);`).join('\n')}
${counting(taps[1])
  .flatMap(j => counting(widths.source).map(k => multiply(j, k)))
  .join('')}
    }
    workgroupBarrier();
  }
  }`;
}

function writeOf({ result, phases }: GroupedProduct, { units, phase, strip }: Layout): string {
  const write = (p: number) => `
    {
      let v = (left + ${p}) * ${phases[1]} + phaseW;
      if (left + ${p} < ${phase[1]} && v < ${result.width}) { result[(line + v) * ${units} + unit] = sum${p}; }
    }`;
  return `
  let h = row * ${phases[0]} + phaseH;
  if (isInside && h < ${result.height}) {
    let line = (frame * ${result.height} + h) * ${result.width};
${counting(strip).map(write).join('')}
  }`;
}
