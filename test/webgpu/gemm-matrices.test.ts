/**
 * The core for matrix units, which no software driver has: its shader as Dawn's compiler takes it, and its numbers with the four matrix operations
 * written out, the threads of a subgroup sharing its fragments.
 */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { create } from 'webgpu';
import { compute } from '../../gpu-worker/kernels/webgpu/dispatch.ts';
import type { Operand } from '../../gpu-worker/kernels/webgpu/gemm-fetch.ts';
import {
  hasMatrixUnits,
  type MatrixOperations,
  matrixBytes,
  matrixCore,
  SUBGROUP_MATRICES,
} from '../../gpu-worker/kernels/webgpu/gemm-matrices.ts';
import { tiling } from '../../gpu-worker/kernels/webgpu/gemm-tiles.ts';
import { type Gemm, gemmProgram } from '../../gpu-worker/kernels/webgpu/implicit-gemm.ts';
import { multipliesRight } from '../../gpu-worker/kernels/webgpu/matrix-check.ts';
import { openGpu, poisoned } from '../support/gpu.ts';
import { roundToHalf } from '../support/half.ts';
import { numbers } from '../support/numbers.ts';
import { relativeError } from '../support/relative-error.ts';
import { expectNoTensorsLeft } from '../support/tensor-leaks.ts';

beforeAll(openGpu);
expectNoTensorsLeft();

/**
 * A thread holds eight numbers of each sum and reads the factors where they lie: whole fragments by value are 256 instructions a copy to a compiler, and so
 * would the short loop along k be written out wherever something multiplies.
 */
const WRITTEN_OUT: MatrixOperations = {
  enable: 'enable f16;',
  declarations: `
var<private> lane: i32;
fn subgroupOf(thread: i32) -> i32 { lane = thread % 32; return thread / 32; }
struct Factor { offset: i32, stride: i32 }
struct Sum { v: array<f32, 8> }
fn multiplyAdd(left: Factor, right: Factor, sum: Sum) -> Sum {
  var next = sum;
  for (var step = 0; step < 128; step++) {
    let own = step / 16;
    let k = step % 16;
    let i = 8 * lane + own;
    next.v[own] += f32(tileA[left.offset + k * left.stride + i / 16]) * f32(tileB[right.offset + k * right.stride + i % 16]);
  }
  return next;
}
fn storeResult(offset: i32, stride: i32, sum: Sum) {
  for (var own = 0; own < 8; own++) {
    var held = sum;
    let i = 8 * lane + own;
    tileC[offset + (i / 16) * stride + i % 16] = held.v[own];
  }
}`,
  parameters: '',
  subgroup: 'subgroupOf(thread)',
  result: 'Sum',
  loadLeft: (offset, stride) => `Factor(${offset}, ${stride})`,
  loadRight: (offset, stride) => `Factor(${offset}, ${stride})`,
  multiplyAdd: (left, right, sum) => `multiplyAdd(${left}, ${right}, ${sum})`,
  store: (offset, stride, sum) => `storeResult(${offset}, ${stride}, ${sum})`,
};

/** Dawn's null backend has every feature and executes nothing. Dawn ends the process when this is collected while a device of it lives. */
const compiler = create(['backend=null', 'enable-dawn-features=allow_unsafe_apis']);

/** A [M, K] and B [K, N], as they lie. */
function product(m: number, n: number, k: number): Gemm {
  const operand = (x: 'A' | 'B', along: Operand['along'], length: number, place: string): Operand => {
    const width = length % 4 === 0 ? 4 : 1;
    const type = width === 4 ? 'vec4<f32>' : 'f32';
    const wgsl = `
fn row${x}(row: i32) -> vec4<i32> { return vec4<i32>(row, 0, 0, 0); }
fn load${x}(row: vec4<i32>, k: i32) -> ${type} { return ${x === 'A' ? 'left' : 'right'}[(${place}) / ${width}]; }`;
    return { along, width, wgsl };
  };
  const a = operand('A', 'k', k, `row.x * ${k} + k`);
  const b = operand('B', 'row', n, `k * ${n} + row.x`);
  const type = ({ width }: Operand) => (width === 4 ? 'vec4<f32>' : 'f32');
  const bindings = `
@group(0) @binding(1) var<storage, read> left: array<${type(a)}>;
@group(0) @binding(2) var<storage, read> right: array<${type(b)}>;`;
  return { name: 'product', m, n, k, a, b, bindings, half: true };
}

const LIMITS = {
  maxComputeInvocationsPerWorkgroup: 1024,
  maxComputeWorkgroupStorageSize: 32_768,
} as GPUSupportedLimits;

function program(gemm: Gemm, operations: MatrixOperations, parts = 1) {
  const tile = { ...tiling(gemm, LIMITS, matrixBytes).tile, tk: 16 };
  return gemmProgram(gemm, { tile, parts }, matrixCore(tile, gemm, operations));
}

describe('a product in matrix units', () => {
  it.each([
    [70, 13, 9, 1],
    [37, 20, 72, 2],
  ])('of %i x %i, %i long, is the sum of products of rounded factors, in %i part(s)', async (m, n, k, parts) => {
    const [left, right] = [numbers([m, k], 1), numbers([k, n], 2)];
    const [a, b] = [left.values.map(roundToHalf), right.values.map(roundToHalf)];
    const expected = new Float64Array(m * n);
    for (let row = 0; row < m; row++)
      for (let i = 0; i < k; i++)
        for (let column = 0; column < n; column++) expected[row * n + column]! += a[row * k + i]! * b[i * n + column]!;
    const shape = [parts, m, n];
    const sum = poisoned([shape], () => {
      const made = compute(program(product(m, n, k), WRITTEN_OUT, parts), shape, [left.tensor, right.tensor]);
      return tf.sum(tf.engine().makeTensorFromTensorInfo(made), 0);
    });
    expect(await relativeError(sum, expected)).toBeLessThan(3e-6);
    tf.dispose([left.tensor, right.tensor, sum]);
  });

  it('is trusted to a device that multiplies right, and to no other', async () => {
    expect(await multipliesRight(WRITTEN_OUT)).toBe(true);
    const turned = { ...WRITTEN_OUT, loadLeft: (offset: string) => `Factor(${offset}, 1)` };
    expect(await multipliesRight(turned)).toBe(false);
  });

  it('is a shader that the compiler takes, for every tile', async () => {
    const adapter = await compiler.requestAdapter();
    const requiredFeatures = ['chromium-experimental-subgroup-matrix', 'shader-f16', 'subgroups'] as GPUFeatureName[];
    const device = await adapter!.requestDevice({ requiredFeatures });
    const faults: string[] = [];
    for (const [m, n] of [
      [8192, 128],
      [8192, 64],
      [4096, 64],
      [65_536, 32],
      [1024, 32],
      [65_536, 16],
      [64, 16],
      [32, 32],
    ] as const) {
      const { wgsl } = program(product(m, n, 144), SUBGROUP_MATRICES);
      const { messages } = await device.createShaderModule({ code: wgsl }).getCompilationInfo();
      faults.push(...messages.map(({ message }) => message));
    }
    expect(faults).toEqual([]);
    device.destroy();
  });

  it('is for devices that multiply 16 x 16 in subgroups of 32', () => {
    const device = (config: object, subgroupSize = 32, feature = true) => {
      const adapterInfo = {
        subgroupMinSize: subgroupSize,
        subgroupMaxSize: subgroupSize,
        subgroupMatrixConfigs: [config],
      };
      const features = new Set(feature ? ['chromium-experimental-subgroup-matrix'] : []);
      return { features, adapterInfo } as unknown as GPUDevice;
    };
    const ours = { componentType: 'f16', resultComponentType: 'f32', M: 16, N: 16, K: 16 };
    expect(hasMatrixUnits(device(ours))).toBe(true);
    expect(hasMatrixUnits(device(ours, 64))).toBe(false);
    expect(hasMatrixUnits(device(ours, 32, false))).toBe(false);
    expect(hasMatrixUnits(device({ ...ours, resultComponentType: 'f16' }))).toBe(false);
    expect(hasMatrixUnits(device({ ...ours, K: 8 }))).toBe(false);
  });
});
