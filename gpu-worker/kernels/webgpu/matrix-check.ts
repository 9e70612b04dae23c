/**
 * Whether a device's matrix units may be used: they are asked to multiply two small matrices first. The extension is experimental and its drivers
 * differ, and a wrong product would only show as a training that does not learn. A device that fails multiplies in registers.
 */
import * as tf from '@tensorflow/tfjs-core';
import { compute } from './dispatch.ts';
import type { Operand } from './gemm-fetch.ts';
import { type MatrixOperations, matrixCore, SIDE } from './gemm-matrices.ts';
import { type Gemm, gemmProgram } from './implicit-gemm.ts';

/** More than one fragment along each axis, and more than one step along K. */
const LENGTH = 64;
const TILE = { tm: 64, tn: 64, tk: SIDE, rm: 4, rn: 4 };

/** Multiplies whole numbers up to 8, whose sums float16 factors and float32 sums give exactly. */
export async function multipliesRight(operations: MatrixOperations): Promise<boolean> {
  const [left, right] = [factors(3), factors(5)];
  const [a, b] = [left, right].map(numbers => tf.tensor2d(numbers, [LENGTH, LENGTH])) as [tf.Tensor, tf.Tensor];
  const program = gemmProgram(PRODUCT, { tile: TILE, parts: 1 }, matrixCore(TILE, PRODUCT, operations));
  const product = tf.engine().makeTensorFromTensorInfo(compute(program, [LENGTH, LENGTH], [a, b]));
  const actual = await product.data();
  tf.dispose([a, b, product]);
  return actual.every((value, at) => {
    const [row, column] = [Math.floor(at / LENGTH), at % LENGTH];
    let sum = 0;
    for (let k = 0; k < LENGTH; k++) sum += left[row * LENGTH + k]! * right[k * LENGTH + column]!;
    return value === sum;
  });
}

const factors = (seed: number) =>
  Float32Array.from({ length: LENGTH ** 2 }, (_, i) => ((i * seed + (i >> 5)) % 17) - 8);

const operand = (x: 'A' | 'B', along: Operand['along'], place: string): Operand => ({
  along,
  width: 4,
  wgsl: `
fn row${x}(row: i32) -> vec4<i32> { return vec4<i32>(row, 0, 0, 0); }
fn load${x}(row: vec4<i32>, k: i32) -> vec4<f32> { return matrix${x}[(${place}) / 4]; }`,
});

const PRODUCT: Gemm = {
  ...{ name: 'MatrixCheck', m: LENGTH, n: LENGTH, k: LENGTH, half: true },
  a: operand('A', 'k', `row.x * ${LENGTH} + k`),
  b: operand('B', 'row', `k * ${LENGTH} + row.x`),
  bindings: `
@group(0) @binding(1) var<storage, read> matrixA: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> matrixB: array<vec4<f32>>;`,
};
