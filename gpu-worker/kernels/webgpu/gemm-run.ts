/**
 * Runs a product of implicit-gemm.ts: in one dispatch, or where its K is shared in two, the second of which adds the partial sums. Bias and
 * rectifier are applied to each finished sum, whichever dispatch has it.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { webGpuBackend } from '../../device/tfjs-webgpu.ts';
import { compute, discard, flatGrid, type Program } from './dispatch.ts';
import { matrixBytes, matrixCore, SIDE, usesMatrixUnits } from './gemm-matrices.ts';
import { registerCore } from './gemm-registers.ts';
import { tiling } from './gemm-tiles.ts';
import { type Core, type Gemm, gemmProgram } from './implicit-gemm.ts';

export type Activation = 'linear' | 'relu';

export interface Finish {
  /** [N] */
  bias?: TensorInfo | undefined;
  activation?: Activation;
}

/** WGSL for a finished sum; null: it is the result. */
interface Finishing {
  wgsl: string;
  bindings: string;
}

const THREADS = 64;

/**
 * @param reads the tensors that the product declares.
 * @param shape of the result: [M, N] under another name, or wherever `place` puts its rows.
 */
export function runGemm(
  gemm: Gemm,
  reads: readonly TensorInfo[],
  shape: readonly number[],
  { bias, activation = 'linear' }: Finish = {},
): TensorInfo {
  const { plan, core } = arrange(gemm);
  const { parts } = plan;
  const extra = bias === undefined ? [] : [bias];
  const finishingFrom = (binding: number) => finishing(activation, bias === undefined ? null : binding);
  if (parts === 1) {
    const finish = finishingFrom(1 + reads.length);
    const bindings = gemm.bindings + (finish?.bindings ?? '');
    return compute(gemmProgram({ ...gemm, bindings, ...(finish && { finish: finish.wgsl }) }, plan, core), shape, [
      ...reads,
      ...extra,
    ]);
  }
  const partial = compute(gemmProgram(gemm, plan, core), [parts, gemm.m, gemm.n], reads);
  const sum = compute(sumParts(gemm, parts, finishingFrom(2)), shape, [partial, ...extra]);
  discard(partial);
  return sum;
}

/** How the product is cut and multiplied on this device. */
function arrange(gemm: Gemm): { plan: ReturnType<typeof tiling>; core: Core } {
  const { device } = webGpuBackend();
  if (gemm.half && usesMatrixUnits()) {
    const { tile, parts } = tiling(gemm, device.limits, matrixBytes);
    const plan = { tile: { ...tile, tk: SIDE }, parts };
    return { plan, core: matrixCore(plan.tile, gemm) };
  }
  const plan = tiling(gemm, device.limits);
  return { plan, core: registerCore(plan.tile, gemm) };
}

/** Adds the partial results [parts, M * N], a thread each. Bytes: 4 M N (parts + 1). */
function sumParts({ name, m, n }: Gemm, parts: number, finish: Finishing | null): Program {
  const { workgroups, index } = flatGrid(Math.ceil((m * n) / THREADS));
  const wgsl = `
@group(0) @binding(0) var<storage, read_write> result: array<f32>;
@group(0) @binding(1) var<storage, read> partial: array<f32>;
${finish ? finish.bindings + finish.wgsl : ''}
@compute @workgroup_size(${THREADS})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let i = i32(${index} * ${THREADS}u + thread);
  if (i >= ${m * n}) { return; }
  var sum = 0.0;
  for (var p = 0; p < ${parts}; p++) { sum += partial[p * ${m * n} + i]; }
  result[i] = ${finish ? `finish(sum, i % ${n})` : 'sum'};
}`;
  return { name: `${name} sum /${parts}`, wgsl, workgroups };
}

/** @param bias its binding; null: there is none. */
function finishing(activation: Activation, bias: number | null): Finishing | null {
  if (bias === null && activation === 'linear') return null;
  const rectified = (value: string, zero: string) => (activation === 'relu' ? `max(${value}, ${zero})` : value);
  const [one, four] =
    bias === null
      ? ['value', 'value']
      : ['value + bias[n]', 'value + vec4<f32>(bias[n], bias[n + 1], bias[n + 2], bias[n + 3])'];
  return {
    bindings: bias === null ? '' : `\n@group(0) @binding(${bias}) var<storage, read> bias: array<f32>;`,
    wgsl: `
fn finish(value: f32, n: i32) -> f32 { return ${rectified(one, '0.0')}; }
fn finish4(value: vec4<f32>, n: i32) -> vec4<f32> { return ${rectified(four, 'vec4<f32>()')}; }`,
  };
}
