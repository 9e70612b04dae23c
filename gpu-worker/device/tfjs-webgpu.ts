/**
 * The parts of TensorFlow.js's WebGPU backend that it does not show and that our kernels and recordings build on, as of version 4.22.0 (which
 * package.json pins): one command encoder, one compute pass in it, a cache of pipelines, a map from data ids to buffers.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { BufferPool } from './buffer-pool.ts';

/** What the backend holds of a tensor: its numbers, here or there. */
export interface TensorData {
  /** The numbers as last uploaded or read back; null where only the device has them. */
  values: ArrayBufferView | null;
  /** Absent until the first program uses the tensor. */
  resource?: GPUBuffer | null;
  dtype: tf.DataType;
  shape: number[];
}

export interface WebGpuInternals {
  device: GPUDevice;
  queue: GPUQueue;
  bufferManager: BufferPool;
  commandEncoder: GPUCommandEncoder | null;
  computePassEncoder: GPUComputePassEncoder | null;
  /** Dispatches encoded and not yet submitted. */
  dispatchCountInPass: number;
  /** By shader; a promise while it is compiled ahead (WEBGPU_ENGINE_COMPILE_ONLY). */
  pipelineCache: Record<string, GPUComputePipeline | Promise<GPUComputePipeline>>;
  tensorMap: { get(id: tf.DataId): TensorData; has(id: tf.DataId): boolean };
  /** Tensors that the unsubmitted commands use: their buffers are given back after the submit. */
  commandQueueOwnedIds: WeakSet<object>;
  ensureCommandEncoderReady(): void;
  endComputePassEncoder(): void;
  submitQueue(): void;
  /** Gives the tensor a buffer if it has none, with its values if it has any. */
  uploadToGPU(id: tf.DataId): void;
  makeTensorInfo(shape: number[], dtype: tf.DataType): tf.TensorInfo;
  disposeData(id: tf.DataId): boolean;
}

/** The active backend, which must be WebGPU. */
export function webGpuBackend(): WebGpuInternals {
  if (tf.getBackend() !== 'webgpu') throw new Error(`The active backend is ${tf.getBackend()}, not webgpu.`);
  return tf.backend() as unknown as WebGpuInternals;
}
