/** The device memory of the WebGPU backend: what it counts, what it gives back, and where it ends. */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers'; // which registers the gradients
import { beforeAll, describe, expect, it } from 'vitest';
import { BufferPool } from '../../gpu-worker/device/buffer-pool.ts';
import { flush } from '../../gpu-worker/device/capture.ts';
import { withinMemory } from '../../gpu-worker/device/memory.ts';
import { Recording } from '../../gpu-worker/device/recording.ts';
import { webGpuBackend } from '../../gpu-worker/device/tfjs-webgpu.ts';
import { openGpu } from '../support/gpu.ts';

let device: GPUDevice;
let storage: GPUBufferUsageFlags;
beforeAll(async () => {
  await openGpu();
  ({ device } = webGpuBackend());
  storage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
});

const counts = (pool: BufferPool) => ({
  used: pool.getNumUsedBuffers(),
  free: pool.getNumFreeBuffers(),
  bytesUsed: pool.numBytesUsed,
  bytes: pool.numBytesAllocated,
  peak: pool.peakBytesAllocated,
});

describe('the pool of buffers', () => {
  it('lends the buffer of that size and usage that came back last, and counts buffers and bytes', () => {
    const pool = new BufferPool(device);
    const [first, second] = [pool.acquireBuffer(64, storage), pool.acquireBuffer(64, storage)];
    pool.releaseBuffer(second);
    pool.releaseBuffer(first);
    expect(counts(pool)).toEqual({ used: 0, free: 2, bytesUsed: 0, bytes: 128, peak: 128 });
    expect(pool.acquireBuffer(64, storage)).toBe(first);
    expect(pool.acquireBuffer(64, GPUBufferUsage.COPY_DST)).not.toBe(second);
    expect(pool.acquireBuffer(32, storage).size).toBe(32);
    expect(counts(pool)).toEqual({ used: 3, free: 1, bytesUsed: 160, bytes: 224, peak: 224 });
    pool.releaseBuffer(first, false);
    expect(counts(pool)).toEqual({ used: 2, free: 1, bytesUsed: 96, bytes: 160, peak: 224 });
    pool.trim();
    expect(counts(pool)).toEqual({ used: 2, free: 0, bytesUsed: 96, bytes: 96, peak: 224 });
    pool.dispose();
    expect(counts(pool)).toEqual({ used: 0, free: 0, bytesUsed: 0, bytes: 0, peak: 224 });
  });

  it('refuses a buffer that it did not lend', () => {
    const pool = new BufferPool(device);
    const buffer = pool.acquireBuffer(64, storage);
    pool.releaseBuffer(buffer);
    expect(() => pool.releaseBuffer(buffer)).toThrow('not one that this pool has lent');
    pool.dispose();
  });

  it('maps what it makes anew only', () => {
    const pool = new BufferPool(device);
    const buffer = pool.acquireBuffer(64, storage, true);
    expect(buffer.mapState).toBe('mapped');
    buffer.unmap();
    pool.releaseBuffer(buffer);
    expect(pool.acquireBuffer(64, storage, true)).toBe(buffer);
    expect(buffer.mapState).toBe('unmapped');
    expect(pool.acquireBuffer(64, storage, true, false).mapState).toBe('mapped');
    pool.dispose();
  });

  it('gives free buffers back to the GPU before it refuses more than its ceiling', () => {
    const pool = new BufferPool(device, { ceiling: 2 ** 20 });
    pool.releaseBuffer(pool.acquireBuffer(2 ** 19, storage));
    const buffer = pool.acquireBuffer(2 ** 20, storage);
    expect(counts(pool)).toMatchObject({ free: 0, bytes: 2 ** 20 });
    expect(() => pool.acquireBuffer(4, storage)).toThrow(
      expect.objectContaining({ code: 'out_of_memory', remedy: expect.stringContaining('batch_size') }),
    );
    pool.releaseBuffer(buffer);
    pool.acquireBuffer(4, storage);
    pool.dispose();
  });

  it('refuses a tensor that the device cannot bind whole', () => {
    const pool = new BufferPool(device);
    const tooMany = device.limits.maxStorageBufferBindingSize + 4;
    expect(() => pool.acquireBuffer(tooMany, storage)).toThrow(expect.objectContaining({ code: 'out_of_memory' }));
    expect(counts(pool)).toMatchObject({ used: 0, bytes: 0 });
  });
});

describe('work that is more than the device holds', () => {
  it('ends with out_of_memory and an empty pool, and the device goes on', async () => {
    const { bufferManager: pool } = webGpuBackend();
    tf.tidy(() => tf.add(tf.zeros([1000]), 1)).dispose();
    const tooMany = device.limits.maxStorageBufferBindingSize / 4 + 1;
    const work = async () => tf.tidy(() => tf.square(tf.fill([tooMany], 1)));
    const before = tf.memory().numTensors;
    await expect(withinMemory(work, tf.dispose)).rejects.toMatchObject({
      code: 'out_of_memory',
    });
    expect(tf.memory().numTensors).toBe(before);
    expect(pool.getNumFreeBuffers()).toBe(0);
    const two = tf.tidy(() => tf.add(tf.fill([1000], 1), 1));
    expect((await two.data())[999]).toBe(2);
    two.dispose();
  });

  it('leaves nothing of a forward pass that did not reach its backward pass', async () => {
    const weight = tf.tidy(() => tf.variable(tf.fill([1000], 2)));
    const before = tf.memory().numTensors;
    const most = device.limits.maxStorageBufferBindingSize / 4;
    const loss = () => tf.sum(tf.mul(tf.square(weight), tf.sum(tf.fill([most + 1], 1)))) as tf.Scalar;
    await expect(withinMemory(async () => tf.variableGrads(loss).value, tf.dispose)).rejects.toMatchObject({
      code: 'out_of_memory',
    });
    expect(tf.memory().numTensors).toBe(before);
    weight.dispose();
  });

  it('is refused while it is recorded, and every buffer is given back', () => {
    const { bufferManager: pool } = webGpuBackend();
    flush(webGpuBackend());
    const before = pool.getNumUsedBuffers();
    const tooMany = device.limits.maxStorageBufferBindingSize / 4 + 1;
    expect(() => new Recording(() => [tf.square(tf.fill([1000], 1)), tf.fill([tooMany], 1)])).toThrow(
      expect.objectContaining({ code: 'out_of_memory' }),
    );
    expect(webGpuBackend().bufferManager).toBe(pool);
    expect(pool.getNumUsedBuffers()).toBe(before);
  });
});
