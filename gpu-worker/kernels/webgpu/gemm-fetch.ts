/**
 * How a workgroup of implicit-gemm.ts brings its part of one operand into workgroup memory, step by step along K.
 *
 * Neighbouring threads read neighbouring numbers, four at a time where the shape allows. The tile lies there as [k][row / 4] of vec4, ready for
 * multiply-adds of four; an operand whose neighbours lie along K is turned on the way.
 */

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

export interface Fetching {
  /** Rows (or columns) and steps along K of a tile. */
  tile: number;
  tk: number;
  /** M or N. */
  limit: number;
  threads: number;
  /** Type of an element of the tile. */
  element: 'vec4<f32>' | 'vec4<f16>' | 'f16';
}

/** Reads of a thread per step whose rows are worked out once, before the loop; more of them go in a loop of their own. */
const MOST_UNROLLED = 4;
/** Float16's largest number. */
const LARGEST_HALF = '65504.0';

/** vec4s from one k to the next in workgroup memory. What is turned on its way there gets one more, so that fewer threads write to one bank. */
export const lineOf = (tile: number, { along }: Operand) => tile / 4 + (along === 'k' ? 1 : 0);

/** Code that brings one operand's tile into workgroup memory, [tk][tile / 4] of vec4 or [tk][tile] of single numbers. */
export function fetchTile(
  x: 'A' | 'B',
  operand: Operand,
  { tile, tk, limit, threads, element }: Fetching,
): { before: string; inside: string } {
  const { along, width } = operand;
  const line = lineOf(tile, operand);
  const reads = (tile * tk) / width;
  const perThread = Math.ceil(reads / threads);
  const origin = x === 'A' ? 'm0' : 'n0';
  const number = element === 'vec4<f32>' ? 'f32' : 'f16';
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
  const single = (kk: string, c: number) => {
    const value = width === 4 ? `value[${c}]` : 'value';
    const row = along === 'row' ? `row + ${c}` : 'row';
    return element === 'f16'
      ? `tile${x}[(${kk}) * ${4 * line} + ${row}] = ${value};`
      : `tile${x}[(${kk}) * ${line} + row / 4][(${row}) % 4] = ${value};`;
  };
  const stored =
    along === 'row' && width === 4 && element !== 'f16'
      ? `tile${x}[kk * ${line} + row / 4] = value;`
      : counting(width)
          .map(c => single(along === 'k' ? `kk + ${c}` : 'kk', c))
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
  const each = counting(perThread);
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

/** [0, 1, ... count - 1] */
export const counting = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
