/**
 * Runs a piece of TensorFlow.js work without executing it, and keeps the commands it would have given to the GPU.
 *
 * For the time of the work three parts of the WebGPU backend are exchanged: the pool of buffers (for an arena), the command encoder (for one
 * that writes down) and the submission (for none). A submission after each command makes the backend give dropped tensors' buffers back at
 * once, which is what lets the arena use them again. What the host fills is written for good: uniforms, constants.
 * The work must be synchronous, read nothing back, and do the same each time it is called.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Arena } from './arena.ts';
import { dropTape } from './memory.ts';
import { type WebGpuInternals, webGpuBackend } from './tfjs-webgpu.ts';

export interface Dispatch {
  kind: 'dispatch';
  pipeline: GPUComputePipeline;
  bindGroup: GPUBindGroup;
  workgroups: [x: number, y: number, z: number];
}

interface Copy {
  kind: 'copy';
  from: GPUBuffer;
  to: GPUBuffer;
  bytes: number;
}

/** What the GPU is told, in order. */
export type Command = Dispatch | Copy;

export interface Captured<T> {
  result: T;
  commands: Command[];
}

/**
 * @param arena gets the buffers of every tensor that `work` makes.
 * @param options compileOnly: pipelines are asked for and nothing else happens; the commands are then incomplete.
 * @throws what `work` throws; the backend is then as before.
 */
export function capture<T extends tf.TensorContainer>(
  work: () => T,
  arena: Arena,
  { compileOnly = false } = {},
): Captured<T> {
  const backend = webGpuBackend();
  flush(backend);
  const commands: Command[] = [];
  const restoreFlags = setFlags({ WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE: 1, WEBGPU_ENGINE_COMPILE_ONLY: compileOnly });
  const restoreBackend = exchangeParts(backend, arena, commands);
  try {
    return { result: tf.tidy(work), commands };
  } catch (error) {
    // While the arena is still there to take its buffers back.
    dropTape();
    throw error;
  } finally {
    restoreBackend();
    restoreFlags();
  }
}

/** Submits what was encoded so far. */
export function flush(backend: WebGpuInternals): void {
  if (backend.commandEncoder === null) return;
  backend.endComputePassEncoder();
  backend.submitQueue();
}

function exchangeParts(backend: WebGpuInternals, arena: Arena, commands: Command[]): () => void {
  const { bufferManager: pool, queue, ensureCommandEncoderReady, uploadToGPU } = backend;
  const encoder = recorder(commands);
  const { nextDataId: firstNew } = backend.constructor as unknown as { nextDataId: number };
  Object.assign(backend, {
    bufferManager: arena,
    queue: { submit: () => {}, writeBuffer: queue.writeBuffer.bind(queue) },
    ensureCommandEncoderReady: () => {
      backend.commandEncoder ??= encoder;
    },
    uploadToGPU: (id: tf.DataId & { id: number }) => {
      // A tensor older than the work outlives the arena; it is filled without a command, in a buffer that is still mapped.
      if (id.id < firstNew) backend.bufferManager = freshBuffersOf(pool);
      try {
        uploadToGPU.call(backend, id);
      } catch (error) {
        // What a kernel was about to write is known to nobody else.
        if (id.id >= firstNew) backend.disposeData(id);
        throw error;
      } finally {
        backend.bufferManager = arena as never;
      }
    },
  });
  return () => {
    backend.computePassEncoder = null;
    // Gives back what the last command held.
    if (backend.commandEncoder !== null) backend.submitQueue();
    Object.assign(backend, { bufferManager: pool, queue, ensureCommandEncoderReady, uploadToGPU });
  };
}

function freshBuffersOf(pool: WebGpuInternals['bufferManager']): WebGpuInternals['bufferManager'] {
  return {
    acquireBuffer: (size: number, usage: GPUBufferUsageFlags, mapped = false) =>
      pool.acquireBuffer(size, usage, mapped, !mapped),
  } as WebGpuInternals['bufferManager'];
}

/** An encoder that appends to `commands`. */
function recorder(commands: Command[]): GPUCommandEncoder {
  let pipeline: GPUComputePipeline;
  let bindGroup: GPUBindGroup;
  const pass = {
    setPipeline: (next: GPUComputePipeline) => void (pipeline = next),
    setBindGroup: (_: number, next: GPUBindGroup) => void (bindGroup = next),
    dispatchWorkgroups: (x: number, y = 1, z = 1) =>
      void commands.push({ kind: 'dispatch', pipeline, bindGroup, workgroups: [x, y, z] }),
    end: () => {},
  };
  return {
    beginComputePass: () => pass,
    copyBufferToBuffer: (from: GPUBuffer, _fromByte: number, to: GPUBuffer, _toByte: number, bytes: number) =>
      void commands.push({ kind: 'copy', from, to, bytes }),
    finish: () => null,
  } as unknown as GPUCommandEncoder;
}

/** @returns what sets them back. */
function setFlags(flags: Record<string, number | boolean>): () => void {
  const before = Object.keys(flags).map(name => [name, tf.env().get(name)] as const);
  for (const [name, value] of Object.entries(flags)) tf.env().set(name, value);
  return () => {
    for (const [name, value] of before) tf.env().set(name, value);
  };
}
