/**
 * One thread for each number of a tensor, or for four neighbours as a vec4: the frame of the kernels that reduce nothing.
 * A thread reads and writes on its own, neighbouring threads neighbouring numbers; there is nothing to share.
 */
import { flatGrid, type Program } from './dispatch.ts';

const THREADS = 256;

export interface Elementwise {
  name: string;
  /** Numbers of the result. */
  size: number;
  /** Numbers per thread; `T` in the shader is f32 or vec4<f32>. */
  width: 1 | 4;
  /** Declares the tensors, and functions. */
  declarations: string;
  /** Statements for the unit `i: i32` of the result, counted in T. */
  body: string;
}

/** Declares tensors that are only read, as arrays of T, from binding 1 on. */
export const declareReads = (names: readonly string[]) =>
  names.map((name, i) => `@group(0) @binding(${i + 1}) var<storage, read> ${name}: array<T>;`).join('\n');

export function elementwiseProgram({ name, size, width, declarations, body }: Elementwise): Program {
  const units = size / width;
  const { workgroups, index } = flatGrid(Math.ceil(units / THREADS));
  const wgsl = `
alias T = ${width === 4 ? 'vec4<f32>' : 'f32'};
${declarations}
@compute @workgroup_size(${THREADS})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let i = i32(${index} * ${THREADS}u + thread);
  if (i >= ${units}) { return; }
  ${body}
}`;
  return { name, wgsl, workgroups };
}
