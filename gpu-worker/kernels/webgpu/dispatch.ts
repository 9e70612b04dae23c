/**
 * One shader run once: how every kernel of this folder reaches the device.
 *
 * A kernel writes its whole shader with the shapes as constants in it. Compilers then turn the divisions of index arithmetic into
 * multiplications and unroll, no uniform buffer is filled or bound per run, and the text itself is the key of the pipeline. The price is a
 * compilation per shape; a training has one set of shapes, compiled in parallel before its first step (device/recording.ts).
 * The command goes into the backend's own encoder, so that stock kernels and ours run in the order they were called in.
 */
import * as tf from '@tensorflow/tfjs-core';
import { type WebGpuInternals, webGpuBackend } from '../../device/tfjs-webgpu.ts';

export interface Program {
  /** For profiles, e.g. "Conv2D 128x32". */
  name: string;
  /** A shader whose entry point is `main`. Storage buffers at group 0: what it writes first, then what it reads, from binding 0 on. */
  wgsl: string;
  workgroups: [x: number, y: number, z: number];
}

/** Of an H100: what "enough workgroups for a large GPU" is reckoned from. */
export const PROCESSORS = 132;
/** Most workgroups along one axis that every device has. */
const MOST_ALONG_AXIS = 65_535;

/** Encodes one run of `program`. The tensors stay the caller's. */
export function dispatch(program: Program, writes: readonly tf.TensorInfo[], reads: readonly tf.TensorInfo[]): void {
  const backend = webGpuBackend();
  const tensors = [...writes, ...reads];
  for (const { dataId } of tensors) backend.uploadToGPU(dataId);
  const pipeline = pipelineOf(backend, program);
  if (pipeline instanceof Promise) return;
  // Numbers that were read back before are no longer those of the device.
  for (const { dataId } of writes) backend.tensorMap.get(dataId).values = null;
  const bindGroup = backend.device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: tensors.map(({ dataId }, binding) => ({
      binding,
      resource: { buffer: backend.tensorMap.get(dataId).resource! },
    })),
  });
  for (const { dataId } of tensors) backend.commandQueueOwnedIds.add(dataId);
  backend.ensureCommandEncoderReady();
  backend.computePassEncoder ??= backend.commandEncoder!.beginComputePass();
  backend.computePassEncoder.setPipeline(pipeline);
  backend.computePassEncoder.setBindGroup(0, bindGroup);
  backend.computePassEncoder.dispatchWorkgroups(...program.workgroups);
  backend.dispatchCountInPass += 1;
  if (backend.dispatchCountInPass >= tf.env().getNumber('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE')) {
    backend.endComputePassEncoder();
    backend.submitQueue();
  }
}

/** Runs `program`, which writes one new float32 tensor. */
export function compute(program: Program, shape: readonly number[], reads: readonly tf.TensorInfo[]): tf.TensorInfo {
  const output = webGpuBackend().makeTensorInfo([...shape], 'float32');
  dispatch(program, [output], reads);
  return output;
}

/** Gives a tensor of this folder's making back. */
export function discard(...tensors: tf.TensorInfo[]): void {
  const backend = webGpuBackend();
  for (const { dataId } of tensors) backend.disposeData(dataId);
}

/**
 * `count` workgroups in as few rows as the device allows.
 * @returns the grid, and the expression of a workgroup's number within it; those beyond count - 1 must do nothing.
 */
export function flatGrid(count: number): { workgroups: Program['workgroups']; index: string } {
  const rows = Math.ceil(count / MOST_ALONG_AXIS);
  const columns = Math.ceil(count / rows);
  return { workgroups: [columns, rows, 1], index: rows === 1 ? 'group.x' : `(group.y * ${columns}u + group.x)` };
}

function pipelineOf(
  { device, pipelineCache }: WebGpuInternals,
  { name, wgsl }: Program,
): GPUComputePipeline | Promise<GPUComputePipeline> {
  const compiled = pipelineCache[wgsl];
  if (compiled !== undefined) return compiled;
  const module = device.createShaderModule({ code: wgsl, label: name });
  const descriptor = { label: name, layout: 'auto' as const, compute: { module, entryPoint: 'main' } };
  const pipeline = tf.env().getBool('WEBGPU_ENGINE_COMPILE_ONLY')
    ? device.createComputePipelineAsync(descriptor)
    : device.createComputePipeline(descriptor);
  pipelineCache[wgsl] = pipeline;
  return pipeline;
}
