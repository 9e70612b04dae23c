/**
 * The matrix product behind every convolution kernel of this folder: C [M, N] = A [M, K] B [K, N], where A and B are never stored. A kernel says how
 * one element (or four neighbours) of each is read from a tensor; "implicit GEMM" as in cuDNN (Chetlur et al. 2014).
 *
 * Tiling. A workgroup makes a tile of TM x TN results. It walks along K in steps of TK: all threads fetch TM x TK of A and TK x TN of B into
 * workgroup memory, then each multiplies its RM x RN part, which stays in registers (named variables: an array indexed in a loop may not).
 * A number fetched once is used TN (or TM) times, so per step of K a tile of 128 x 64 needs a byte from memory for ten multiply-adds.
 * Split-K. Where the tiles are too few to fill a GPU and K is long (filter gradients: K is every pixel of a batch) several workgroups share a tile's
 * K; each writes a partial sum, and gemm-run.ts adds them, in a fixed order: the same numbers at every run.
 * FLOPs: 2 M N K. Tensors are float32; precision.ts says what `half` does. Leaves out: subgroup matrices (tensor cores).
 */
import { flatGrid, type Program } from './dispatch.ts';
import { counting, fetchTile, lineOf, type Operand } from './gemm-fetch.ts';
import type { ProductSize, Tile } from './gemm-tiles.ts';

export interface Gemm extends ProductSize {
  name: string;
  a: Operand;
  b: Operand;
  /** Declares the tensors from binding 1 on; binding 0 is the result. */
  bindings: string;
  /** WGSL function `place(m: i32) -> i32`, where C[m, 0] lies in the result, negative for nowhere; default: m * N. Only with several layers, told
   * apart by a global `layer: i32`. */
  place?: string;
  /** WGSL function `finish(value: T, n: i32) -> T` for T = f32 and, under the name finish4, vec4<f32>; default: none. */
  finish?: string;
  /** Whether the factors are float16. */
  half?: boolean;
}

/** The shader and its grid. @param parts workgroups that share K; the result is then [parts, M, N]. */
export function gemmProgram(gemm: Gemm, { tile, parts }: { tile: Tile; parts: number }): Program {
  const { name, m, n, layers = 1 } = gemm;
  const [rows, columns] = [Math.ceil(m / tile.tm), Math.ceil(n / tile.tn)];
  const grid = flatGrid(rows * columns);
  return {
    name: `${name} ${tile.tm}x${tile.tn}${parts > 1 ? ` /${parts}` : ''}`,
    wgsl: shader(gemm, tile, parts, { rows, columns, index: grid.index }),
    workgroups: [grid.workgroups[0], grid.workgroups[1], parts * layers],
  };
}

function shader(gemm: Gemm, tile: Tile, parts: number, grid: { rows: number; columns: number; index: string }): string {
  const { m, n, k, a, b, layers = 1, half = false } = gemm;
  const { tm, tn, tk, rm, rn } = tile;
  const threads = (tm / rm) * (tn / rn);
  const number = half ? 'f16' : 'f32';
  const chunk = Math.ceil(k / parts / tk) * tk;
  const fetchA = fetchTile('A', a, { tile: tm, tk, limit: m, threads, number });
  const fetchB = fetchTile('B', b, { tile: tn, tk, limit: n, threads, number });
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
${counting(rm / 4)
  .map(g => `      let a${g} = vec4<f32>(tileA[kk * ${lineOf(tm, a)} + ${(g * tm) / rm} + tr]);`)
  .join('\n')}
${counting(rn / 4)
  .map(h => `      let b${h} = vec4<f32>(tileB[kk * ${lineOf(tn, b)} + ${(h * tn) / rn} + tc]);`)
  .join('\n')}
${accumulators(rm, rn, (acc, g, i, h) => `      ${acc} = fma(vec4<f32>(a${g}[${i}]), b${h}, ${acc});`)}
    }
    workgroupBarrier();
  }
${store(gemm, tile, parts)}
}`;
}

/** One line for each vec4 of results that a thread holds: row i of its g-th four rows, h-th four columns. */
function accumulators(rm: number, rn: number, line: (name: string, g: number, i: number, h: number) => string): string {
  return counting(rm / 4)
    .flatMap(g => counting(4).flatMap(i => counting(rn / 4).map(h => line(`acc${g}${i}${h}`, g, i, h))))
    .join('\n');
}

/** Writes a thread's results, as far as they exist. */
function store({ m, n, finish }: Gemm, { tm, tn, rm, rn }: Tile, parts: number): string {
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
