/**
 * The matrix product behind every convolution kernel of this folder: C [M, N] = A [M, K] B [K, N], where A and B are never stored. A kernel says how
 * one element (or four neighbours) of each is read from a tensor; "implicit GEMM" as in cuDNN (Chetlur et al. 2014).
 *
 * Tiling. A workgroup makes a tile of TM x TN results. It walks along K in steps of TK: all threads fetch TM x TK of A and TK x TN of B into
 * workgroup memory, then multiply them, in registers (gemm-registers.ts) or in the device's matrix units (gemm-matrices.ts).
 * A number fetched once is used TN (or TM) times, so per step of K a tile of 128 x 64 needs a byte from memory for ten multiply-adds.
 * Split-K. Where the tiles are too few to fill a GPU and K is long (filter gradients: K is every pixel of a batch) several workgroups share a tile's
 * K; each writes a partial sum, and gemm-run.ts adds them, in a fixed order: the same numbers at every run.
 * FLOPs: 2 M N K. Tensors are float32; precision.ts says what `half` does.
 */
import { flatGrid, type Program } from './dispatch.ts';
import { fetchTile, lineOf, type Operand } from './gemm-fetch.ts';
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

/** How a workgroup multiplies what lies in its workgroup memory, tileA and tileB, and hands over the results: pieces of WGSL. */
export interface Core {
  threads: number;
  /** `enable` directives. */
  enable: string;
  /** Type of an element of the tiles. */
  element: 'vec4<f32>' | 'vec4<f16>' | 'f16';
  /** Module-scope declarations. */
  declarations: string;
  /** Further parameters of main, each with a comma before it. */
  parameters: string;
  /** Before the loop along K. */
  begin: string;
  /** One step of it; `last` of its TK numbers are there, the others are zero. */
  multiply: string;
  /** After it. @param write code that writes the four results `value` of row m from column n on, both within C. */
  end: (write: string) => string;
}

/** The shader and its grid. @param parts workgroups that share K; the result is then [parts, M, N]. */
export function gemmProgram(gemm: Gemm, { tile, parts }: { tile: Tile; parts: number }, core: Core): Program {
  const { name, m, n, k, a, b, finish, layers = 1 } = gemm;
  const { tm, tn, tk } = tile;
  const [rows, columns] = [Math.ceil(m / tm), Math.ceil(n / tn)];
  const grid = flatGrid(rows * columns);
  const chunk = Math.ceil(k / parts / tk) * tk;
  const { threads, element } = core;
  const fetchA = fetchTile('A', a, { tile: tm, tk, limit: m, threads, element });
  const fetchB = fetchTile('B', b, { tile: tn, tk, limit: n, threads, element });
  const perElement = element === 'f16' ? 1 : 4;
  const wgsl = `${core.enable}
${gemm.bindings}
@group(0) @binding(0) var<storage, read_write> result: array<${n % 4 === 0 ? 'vec4<f32>' : 'f32'}>;
var<workgroup> tileA: array<${element}, ${(4 * tk * lineOf(tm, a)) / perElement}>;
var<workgroup> tileB: array<${element}, ${(4 * tk * lineOf(tn, b)) / perElement}>;
var<private> layer: i32;
${core.declarations}
${a.wgsl}
${b.wgsl}
${finish ?? ''}
${gemm.place ?? `fn place(m: i32) -> i32 { return m * ${n}; }`}
fn inside(m: i32, n: i32) -> bool { return m < ${m} && n < ${n}; }
@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) invocation: u32${core.parameters}) {
  let index = i32(${grid.index});
  if (index >= ${rows * columns}) { return; }
  let thread = i32(invocation);
  let m0 = (index / ${columns}) * ${tm};
  let n0 = (index % ${columns}) * ${tn};
  layer = i32(group.z) % ${layers};
  let start = (i32(group.z) / ${layers}) * ${chunk};
  let end = min(start + ${chunk}, ${k});
${fetchA.before}
${fetchB.before}
${core.begin}
  for (var k0 = start; k0 < end; k0 += ${tk}) {
${fetchA.inside}
${fetchB.inside}
    workgroupBarrier();
    // An end that the compiler does not know: unrolled whole, this takes seconds to compile on a CPU.
    let last = min(${tk}, end - k0);
${core.multiply}
    workgroupBarrier();
  }
${core.end(writeFour(gemm, parts))}
}`;
  const shared = parts > 1 ? ` /${parts}` : '';
  return {
    name: `${name} ${tm}x${tn}${shared}`,
    wgsl,
    workgroups: [grid.workgroups[0], grid.workgroups[1], parts * layers],
  };
}

/** Writes `value`, C[m, n..n+3], as far as it exists. */
function writeFour({ m, n, finish }: Gemm, parts: number): string {
  const finished = parts > 1 || finish === undefined ? 'value' : 'finish4(value, n)';
  const base = `${parts > 1 ? `i32(group.z) * ${m * n} + ` : ''}base + n`;
  const write =
    n % 4 === 0
      ? `result[(${base}) / 4] = ${finished};`
      : `let four = ${finished};
        for (var c = 0; c < min(4, ${n} - n); c++) { result[${base} + c] = four[c]; }`;
  return `let base = place(m);
      if (base >= 0) {
        ${write}
      }`;
}
