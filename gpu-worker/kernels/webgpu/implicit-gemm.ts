/**
 * The matrix product behind every convolution kernel of this folder: C [M, N] = A [M, K] B [K, N], where A and B are never stored. A kernel says how
 * one element (or four neighbours) of each is read from a tensor; "implicit GEMM" as in cuDNN (Chetlur et al. 2014).
 *
 * Tiling. A workgroup makes a tile of TM x TN results. It walks along K in steps of TK: all threads fetch TM x TK of A and TK x TN of B into
 * workgroup memory, then each multiplies its RM x RN part, which stays in registers (named variables: an array indexed in a loop may not).
 * A number fetched once is used TN (or TM) times, so per step of K a tile of 128 x 64 needs 1 byte from memory for 21 multiply-adds.
 * Split-K. Where the tiles are too few to fill a GPU and K is long (filter gradients: K is every pixel of a batch) several workgroups share a tile's
 * K; each writes a partial sum, and sumParts() adds them, in a fixed order: the same numbers at every run.
 * FLOPs: 2 M N K. Tensors are float32; precision.ts says what `half` does. Leaves out: subgroup matrices (tensor cores).
 */
import { flatGrid, type Program } from './dispatch.ts';

/** How elements of A or B are read. */
export interface Operand {
  /** The axis along which neighbours in memory lie: K, or the other one ("row": M of A, N of B). */
  along: 'k' | 'row';
  /** Numbers per read; 4 when the axis has a multiple of 4 everywhere it matters, so that four neighbours are one vec4. */
  width: 1 | 4;
  /**
   * WGSL functions `rowX(row: i32) -> vec4<i32>`, what is worth working out once per row (anything), and
   * `loadX(row: vec4<i32>, k: i32) -> f32 or vec4<f32>`, zero outside of the tensor. X is A or B; row < M (or N) and k < K always hold.
   */
  wgsl: string;
}

export interface Gemm {
  name: string;
  m: number;
  n: number;
  k: number;
  a: Operand;
  b: Operand;
  /** Declares the tensors from binding 1 on; binding 0 is the result. */
  bindings: string;
  /** WGSL function `place(m: i32) -> i32`, where C[m, 0] lies in the result, negative for nowhere; default: m * N. Not together with parts. */
  place?: string;
  /** WGSL function `finish(value: T, n: i32) -> T` for T = f32 and, under the name finish4, vec4<f32>; default: none. */
  finish?: string;
  /** Independent products side by side, told apart by a global `layer: i32`; default 1. Not together with parts. */
  layers?: number;
  /** Workgroups that share K; the result is then [parts, M, N]. */
  parts?: number;
  /** Whether the factors are float16. */
  half?: boolean;
}

interface Tile {
  tm: number;
  tn: number;
  tk: number;
  /** Of one thread. */
  rm: number;
  rn: number;
}

/** Enough workgroups to keep a large GPU busy: two for each of an H100's 132 processors. */
const ENOUGH_WORKGROUPS = 264;
/** Shorter shares of K cost more in partial sums than they gain. */
const LEAST_K_PER_PART = 256;
const MOST_PARTS = 512;
const TK = 16;
/** Reads of a thread per step whose rows are worked out once, before the loop; more of them go in a loop of their own. */
const MOST_UNROLLED = 4;

/** From the largest reuse to the smallest. */
const TILES: Omit<Tile, 'tk'>[] = [
  { tm: 128, tn: 128, rm: 8, rn: 8 },
  { tm: 128, tn: 64, rm: 8, rn: 8 },
  { tm: 64, tn: 64, rm: 8, rn: 4 },
  { tm: 128, tn: 32, rm: 8, rn: 4 },
  { tm: 64, tn: 32, rm: 4, rn: 4 },
  { tm: 128, tn: 16, rm: 8, rn: 4 },
  { tm: 64, tn: 16, rm: 4, rn: 4 },
  { tm: 32, tn: 32, rm: 4, rn: 4 },
];

/** The largest tile that wastes no columns and leaves enough workgroups; else the smallest that wastes none. */
export function chooseTile(m: number, n: number, k: number): Tile {
  const tk = Math.min(TK, 4 * Math.ceil(k / 4));
  const fitting = TILES.filter(({ tm, tn }) => (tn <= 16 || n > tn / 2) && (tm <= 32 || m > tm / 2));
  const candidates = fitting.length > 0 ? fitting : TILES.slice(-1);
  const best = candidates.find(({ tm, tn }) => tilesOf(m, n, tm, tn) >= ENOUGH_WORKGROUPS) ?? candidates.at(-1)!;
  return { ...best, tk };
}

/** How many workgroups should share K, and how much each takes: a multiple of the tile's step. */
export function chooseParts(m: number, n: number, k: number): number {
  const { tm, tn } = chooseTile(m, n, k);
  const wanted = Math.floor((2 * ENOUGH_WORKGROUPS) / tilesOf(m, n, tm, tn));
  return Math.max(1, Math.min(wanted, Math.floor(k / LEAST_K_PER_PART), MOST_PARTS));
}

const tilesOf = (m: number, n: number, tm: number, tn: number) => Math.ceil(m / tm) * Math.ceil(n / tn);

/** The shader and its grid. */
export function gemmProgram(gemm: Gemm): Program {
  const { name, m, n, k, parts = 1, layers = 1 } = gemm;
  const tile = chooseTile(m, n, k);
  const [rows, columns] = [Math.ceil(m / tile.tm), Math.ceil(n / tile.tn)];
  const grid = flatGrid(rows * columns);
  return {
    name: `${name} ${tile.tm}x${tile.tn}${parts > 1 ? ` /${parts}` : ''}`,
    wgsl: shader(gemm, tile, { rows, columns, index: grid.index }),
    workgroups: [grid.workgroups[0], grid.workgroups[1], parts * layers],
  };
}

/** Adds the partial results [parts, size] up to [size], and finishes them. Bytes: 4 size (parts + 1). */
export function sumParts(
  name: string,
  {
    parts,
    size,
    n,
    finish,
    bindings = '',
  }: { parts: number; size: number; n: number; finish?: string; bindings?: string },
): Program {
  const { workgroups, index } = flatGrid(Math.ceil(size / 64));
  const wgsl = `
@group(0) @binding(0) var<storage, read_write> result: array<f32>;
@group(0) @binding(1) var<storage, read> partial: array<f32>;
${bindings}
${finish ?? ''}
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let i = i32(${index} * 64u + thread);
  if (i >= ${size}) { return; }
  var sum = 0.0;
  for (var p = 0; p < ${parts}; p++) { sum += partial[p * ${size} + i]; }
  result[i] = ${finish === undefined ? 'sum' : `finish(sum, i % ${n})`};
}`;
  return { name: `${name} sum /${parts}`, wgsl, workgroups };
}

const range = (count: number) => Array.from({ length: count }, (_, i) => i);

function shader(gemm: Gemm, tile: Tile, grid: { rows: number; columns: number; index: string }): string {
  const { m, n, k, a, b, parts = 1, layers = 1, half = false } = gemm;
  const { tm, tn, tk, rm, rn } = tile;
  const threads = (tm / rm) * (tn / rn);
  const number = half ? 'f16' : 'f32';
  const chunk = Math.ceil(k / parts / tk) * tk;
  const fetchA = fetch('A', a, { tile: tm, tk, limit: m, threads, number });
  const fetchB = fetch('B', b, { tile: tn, tk, limit: n, threads, number });
  return `${half ? 'enable f16;\n' : ''}
${gemm.bindings}
@group(0) @binding(0) var<storage, read_write> result: array<${n % 4 === 0 ? 'vec4<f32>' : 'f32'}>;
var<workgroup> tileA: array<vec4<${number}>, ${tk * lineOf(tm, a)}>;
var<workgroup> tileB: array<vec4<${number}>, ${tk * lineOf(tn, b)}>;
var<private> layer: i32;
${a.wgsl}
${b.wgsl}
${gemm.finish ?? ''}
${gemm.place ?? `fn place(m: i32) -> i32 { return m * ${n}; }`}
@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) invocation: u32) {
  let index = i32(${grid.index});
  if (index >= ${grid.rows * grid.columns}) { return; }
  let thread = i32(invocation);
  let m0 = (index / ${grid.columns}) * ${tm};
  let n0 = (index % ${grid.columns}) * ${tn};
  layer = i32(group.z) % ${layers};
  let start = (i32(group.z) / ${layers}) * ${chunk};
  let end = min(start + ${chunk}, ${k});
  let tr = thread / ${tn / rn};
  let tc = thread % ${tn / rn};
${fetchA.before}
${fetchB.before}
${accumulators(rm, rn, i => `  var ${i} = vec4<f32>();`)}
  for (var k0 = start; k0 < end; k0 += ${tk}) {
${fetchA.inside}
${fetchB.inside}
    workgroupBarrier();
    // An end that the compiler does not know: unrolled whole, this takes seconds to compile on a CPU.
    let last = min(${tk}, end - k0);
    for (var kk = 0; kk < last; kk++) {
${range(rm / 4)
  .map(g => `      let a${g} = vec4<f32>(tileA[kk * ${lineOf(tm, a)} + ${(g * tm) / rm} + tr]);`)
  .join('\n')}
${range(rn / 4)
  .map(h => `      let b${h} = vec4<f32>(tileB[kk * ${lineOf(tn, b)} + ${(h * tn) / rn} + tc]);`)
  .join('\n')}
${accumulators(rm, rn, (acc, g, i, h) => `      ${acc} = fma(vec4<f32>(a${g}[${i}]), b${h}, ${acc});`)}
    }
    workgroupBarrier();
  }
${store(gemm, tile)}
}`;
}

/** One line for each vec4 of results that a thread holds: row i of its g-th four rows, h-th four columns. */
function accumulators(rm: number, rn: number, line: (name: string, g: number, i: number, h: number) => string): string {
  return range(rm / 4)
    .flatMap(g => range(4).flatMap(i => range(rn / 4).map(h => line(`acc${g}${i}${h}`, g, i, h))))
    .join('\n');
}

interface Fetching {
  /** Rows (or columns) and steps along K of a tile. */
  tile: number;
  tk: number;
  /** M or N. */
  limit: number;
  threads: number;
  number: 'f16' | 'f32';
}

/** Float16's largest number. */
const LARGEST_HALF = '65504.0';

/** vec4s from one k to the next in workgroup memory. What is turned on its way there gets one more, so that fewer threads write to one bank. */
const lineOf = (tile: number, { along }: Operand) => tile / 4 + (along === 'k' ? 1 : 0);

/** Code that brings one operand's tile into workgroup memory, [tk][tile / 4] of vec4. */
function fetch(
  x: 'A' | 'B',
  operand: Operand,
  { tile, tk, limit, threads, number }: Fetching,
): { before: string; inside: string } {
  const { along, width } = operand;
  const line = lineOf(tile, operand);
  const reads = (tile * tk) / width;
  const perThread = Math.ceil(reads / threads);
  const origin = x === 'A' ? 'm0' : 'n0';
  const type = width === 4 ? `vec4<${number}>` : number;
  const perLine = (along === 'k' ? tk : tile) / width;
  const [fast, slow] = [`(i % ${perLine})${width === 4 ? ' * 4' : ''}`, `i / ${perLine}`];
  const place = `
      let row = ${along === 'k' ? slow : fast};
      let kk = ${along === 'k' ? fast : slow};
      let fits = i < ${reads} && ${origin} + row < ${limit};`;
  const prepare = `row${x}(select(0, ${origin} + row, fits))`;
  const largest = width === 4 ? `vec4<f32>(${LARGEST_HALF})` : LARGEST_HALF;
  const rounded = (value: string) => (number === 'f16' ? `${type}(clamp(${value}, -${largest}, ${largest}))` : value);
  const stored =
    along === 'row' && width === 4
      ? `tile${x}[kk * ${line} + row / 4] = value;`
      : range(width)
          .map(c => `tile${x}[(kk + ${c}) * ${line} + row / 4][row % 4] = value${width === 4 ? `[${c}]` : ''};`)
          .join(' ');
  const read = (i: string, prepared: string) => `    {
      let i = ${i};${place}
      var value = ${type}();
      if (fits && k0 + kk < end) { value = ${rounded(`load${x}(${prepared}, k0 + kk)`)}; }
      ${reads % threads === 0 ? stored : `if (i < ${reads}) { ${stored} }`}
    }`;
  if (perThread > MOST_UNROLLED) {
    return {
      before: '',
      inside: `    for (var at = thread; at < ${reads}; at += ${threads})\n${read('at', prepare)}`,
    };
  }
  const each = range(perThread);
  return {
    before: each
      .map(
        j =>
          `  var row${x}${j}: vec4<i32>;\n  { let i = thread + ${j * threads};${place}\n    row${x}${j} = ${prepare}; }`,
      )
      .join('\n'),
    inside: each.map(j => read(`thread + ${j * threads}`, `row${x}${j}`)).join('\n'),
  };
}

/** Writes a thread's results, as far as they exist. */
function store({ m, n, finish, parts = 1 }: Gemm, { tm, tn, rm, rn }: Tile): string {
  const value = `results[r * ${rn / 4} + h]`;
  const finished = parts > 1 || finish === undefined ? value : `finish4(${value}, n)`;
  const base = `${parts > 1 ? `i32(group.z) * ${m * n} + ` : ''}base + n`;
  const write =
    n % 4 === 0
      ? `result[(${base}) / 4] = ${finished};`
      : `let four = ${finished};
      for (var c = 0; c < min(4, ${n} - n); c++) { result[${base} + c] = four[c]; }`;
  return `
  var results = array<vec4<f32>, ${(rm * rn) / 4}>(${accumulators(rm, rn, name => `${name},`)});
  for (var r = 0; r < ${rm}; r++) {
    let m = m0 + (r / 4) * ${(4 * tm) / rm} + tr * 4 + r % 4;
    let base = place(min(m, ${m - 1}));
    if (m >= ${m} || base < 0) { continue; }
    for (var h = 0; h < ${rn / 4}; h++) {
      let n = n0 + h * ${(4 * tn) / rn} + tc * 4;
      if (n >= ${n}) { continue; }
      ${write}
    }
  }`;
}
