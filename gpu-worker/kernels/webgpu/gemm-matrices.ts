/**
 * The core of an implicit GEMM on a device's matrix units (tensor cores), through WebGPU's subgroup matrices: products of 16 x 16 float16 numbers,
 * summed in float32. Four subgroups of 32 threads share a tile; each holds its part of it as fragments of 16 x 16.
 *
 * The extension is Dawn's and experimental, and no software driver has it: the shader is checked by Dawn's compiler and, with its four matrix
 * operations written out, by the tests; on a GPU it has not run yet. So it is used only where mixed precision was asked for, and after
 * the device has multiplied two small matrices right (matrix-check.ts).
 */
import { counting, lineOf, type Operand } from './gemm-fetch.ts';
import type { Tile } from './gemm-tiles.ts';
import type { Core } from './implicit-gemm.ts';

/** Side of a fragment. */
export const SIDE = 16;
const SUBGROUPS = 4;
const SUBGROUP_SIZE = 32;
const THREADS = SUBGROUPS * SUBGROUP_SIZE;

/** How a shader speaks of matrix operations. Offsets and strides count numbers. */
export interface MatrixOperations {
  enable: string;
  declarations: string;
  /** Further parameters of main, and the number of a thread's subgroup. */
  parameters: string;
  subgroup: string;
  /** Type of a sum; starts as zeros. */
  result: string;
  /** [16, 16] of tileA from `offset` on, its columns `stride` apart. */
  loadLeft: (offset: string, stride: number) => string;
  /** [16, 16] of tileB from `offset` on, its rows `stride` apart. */
  loadRight: (offset: string, stride: number) => string;
  multiplyAdd: (left: string, right: string, sum: string) => string;
  /** Writes a sum to tileC from `offset` on, its rows `stride` apart. */
  store: (offset: string, stride: number, sum: string) => string;
}

/** Those of the device. */
export const SUBGROUP_MATRICES: MatrixOperations = {
  enable: 'enable f16;\nenable subgroups;\nenable chromium_experimental_subgroup_matrix;',
  declarations: '',
  parameters: ', @builtin(subgroup_id) subgroupId: u32',
  subgroup: 'i32(subgroupId)',
  result: `subgroup_matrix_result<f32, ${SIDE}, ${SIDE}>`,
  loadLeft: (offset, stride) =>
    `subgroupMatrixLoad<subgroup_matrix_left<f16, ${SIDE}, ${SIDE}>, col_major>(&tileA, ${offset}, ${stride})`,
  loadRight: (offset, stride) =>
    `subgroupMatrixLoad<subgroup_matrix_right<f16, ${SIDE}, ${SIDE}>, row_major>(&tileB, ${offset}, ${stride})`,
  multiplyAdd: (left, right, sum) => `subgroupMatrixMultiplyAccumulate(${left}, ${right}, ${sum})`,
  store: (offset, stride, sum) => `subgroupMatrixStore<row_major>(&tileC, ${offset}, ${sum}, ${stride})`,
};

/** Whether the device multiplies 16 x 16 float16 into float32, in subgroups of 32. */
export function hasMatrixUnits({ features, adapterInfo }: GPUDevice): boolean {
  if (!features.has('chromium-experimental-subgroup-matrix' as GPUFeatureName)) return false;
  const {
    subgroupMatrixConfigs = [],
    subgroupMinSize,
    subgroupMaxSize,
  } = adapterInfo as GPUAdapterInfo & {
    subgroupMatrixConfigs?: { componentType: string; resultComponentType: string; M: number; N: number; K: number }[];
  };
  const isOurs = (config: (typeof subgroupMatrixConfigs)[number]) =>
    config.componentType === 'f16' &&
    config.resultComponentType === 'f32' &&
    [config.M, config.N, config.K].every(side => side === SIDE);
  return subgroupMinSize === SUBGROUP_SIZE && subgroupMaxSize === SUBGROUP_SIZE && subgroupMatrixConfigs.some(isOurs);
}

let inUse = false;

/** Whether products of float16 factors go to the matrix units from now on; they do not until somebody says so. */
export function useMatrixUnits(yes: boolean): void {
  inUse = yes;
}

export const usesMatrixUnits = (): boolean => inUse;

/** Bytes of workgroup memory: both operands' tiles, and the results on their way out. */
export const matrixBytes = ({ tm, tn }: Pick<Tile, 'tm' | 'tn'>) => 2 * SIDE * (tm + tn + 8) + 4 * tm * tn;

/** @param tile with steps of 16 along K. */
export function matrixCore(
  { tm, tn }: Tile,
  { a, b }: { a: Operand; b: Operand },
  operations: MatrixOperations = SUBGROUP_MATRICES,
): Core {
  const across = Math.min(2, tn / SIDE); // subgroups beside each other, and below each other
  const down = SUBGROUPS / across;
  const [rows, columns] = [tm / down / SIDE, tn / across / SIDE]; // fragments of a subgroup
  const [strideA, strideB] = [4 * lineOf(tm, a), 4 * lineOf(tn, b)];
  const fragments = (line: (sum: string, i: number, j: number) => string) =>
    counting(rows)
      .flatMap(i => counting(columns).map(j => line(`sum${i}${j}`, i, j)))
      .join('\n');
  return {
    threads: THREADS,
    enable: operations.enable,
    element: 'f16',
    declarations: `var<workgroup> tileC: array<f32, ${tm * tn}>;\n${operations.declarations}`,
    parameters: operations.parameters,
    begin: `
  let subgroup = ${operations.subgroup};
  let ownM = (subgroup / ${across}) * ${rows * SIDE};
  let ownN = (subgroup % ${across}) * ${columns * SIDE};
${fragments(sum => `  var ${sum}: ${operations.result};`)}`,
    multiply: `
    {
${counting(rows)
  .map(i => `      let left${i} = ${operations.loadLeft(`ownM + ${i * SIDE}`, strideA)};`)
  .join('\n')}
${counting(columns)
  .map(j => `      let right${j} = ${operations.loadRight(`ownN + ${j * SIDE}`, strideB)};`)
  .join('\n')}
${fragments((sum, i, j) => `      ${sum} = ${operations.multiplyAdd(`left${i}`, `right${j}`, sum)};`)}
    }`,
    end: write => `
${fragments((sum, i, j) => `  ${operations.store(`(ownM + ${i * SIDE}) * ${tn} + ownN + ${j * SIDE}`, tn, sum)};`)}
  workgroupBarrier();
  for (var at = 4 * thread; at < ${tm * tn}; at += ${4 * THREADS}) {
    let m = m0 + at / ${tn};
    let n = n0 + at % ${tn};
    if (!inside(m, n)) { continue; }
    let value = vec4<f32>(tileC[at], tileC[at + 1], tileC[at + 2], tileC[at + 3]);
    ${write}
  }`,
  };
}
