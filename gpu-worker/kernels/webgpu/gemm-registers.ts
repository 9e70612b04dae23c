/**
 * The core of an implicit GEMM that every device can run: each thread multiplies RM x RN of the tile and keeps the sums in registers, as named
 * variables, since an array that is indexed in a loop may end up in memory. Per step along K it reads RM + RN numbers for RM * RN multiply-adds.
 */
import type { Operand } from './gemm-fetch.ts';
import { counting, lineOf } from './gemm-fetch.ts';
import type { Tile } from './gemm-tiles.ts';
import type { Core } from './implicit-gemm.ts';

/** @param half float16 factors; sums are float32. */
export function registerCore(tile: Tile, { a, b, half = false }: { a: Operand; b: Operand; half?: boolean }): Core {
  const { tm, tn, rm, rn } = tile;
  return {
    threads: (tm / rm) * (tn / rn),
    enable: half ? 'enable f16;' : '',
    element: half ? 'vec4<f16>' : 'vec4<f32>',
    declarations: '',
    parameters: '',
    begin: `
  let tr = thread / ${tn / rn};
  let tc = thread % ${tn / rn};
${sums(rm, rn, name => `  var ${name} = vec4<f32>();`)}`,
    multiply: `
    for (var kk = 0; kk < last; kk++) {
${counting(rm / 4)
  .map(g => `      let a${g} = vec4<f32>(tileA[kk * ${lineOf(tm, a)} + ${(g * tm) / rm} + tr]);`)
  .join('\n')}
${counting(rn / 4)
  .map(h => `      let b${h} = vec4<f32>(tileB[kk * ${lineOf(tn, b)} + ${(h * tn) / rn} + tc]);`)
  .join('\n')}
${sums(rm, rn, (name, g, i, h) => `      ${name} = fma(vec4<f32>(a${g}[${i}]), b${h}, ${name});`)}
    }`,
    end: write => `
  var results = array<vec4<f32>, ${(rm * rn) / 4}>(${sums(rm, rn, name => `${name},`)});
  for (var r = 0; r < ${rm}; r++) {
    for (var h = 0; h < ${rn / 4}; h++) {
      let m = m0 + (r / 4) * ${(4 * tm) / rm} + tr * 4 + r % 4;
      let n = n0 + h * ${(4 * tn) / rn} + tc * 4;
      if (!inside(m, n)) { continue; }
      let value = results[r * ${rn / 4} + h];
      ${write}
    }
  }`,
  };
}

/** One line for each vec4 of sums that a thread holds: row i of its g-th four rows, h-th four columns. */
function sums(rm: number, rn: number, line: (name: string, g: number, i: number, h: number) => string): string {
  return counting(rm / 4)
    .flatMap(g => counting(4).flatMap(i => counting(rn / 4).map(h => line(`acc${g}${i}${h}`, g, i, h))))
    .join('\n');
}
