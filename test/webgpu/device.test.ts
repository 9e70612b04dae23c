/** The device that the tests of this folder run on: a GPU, or a driver that computes on the CPU (test/support/vulkan.ts). */
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { openDevice } from '../../gpu-worker/device/open.ts';
import { webGpuBackend } from '../../gpu-worker/device/tfjs-webgpu.ts';
import { probeAdapter } from '../../gpu-worker/device/webgpu.ts';

describe('a GPU', () => {
  it('is opened as WebGPU, says what it is and adds two tensors', async () => {
    const { backend, description } = await openDevice('webgpu');
    expect(backend).toBe('webgpu');
    expect(tf.getBackend()).toBe('webgpu');
    expect(description).toMatch(/\w/);
    const sum = tf.tidy(() => tf.add(tf.tensor1d([1, 2, 3]), tf.tensor1d([10, 20, 30])));
    expect([...(await sum.data())]).toEqual([11, 22, 33]);
    sum.dispose();
  });

  it('has every limit of its adapter, not the least that WebGPU promises', async () => {
    await openDevice('webgpu');
    const adapter = await navigator.gpu.requestAdapter();
    const { limits } = webGpuBackend().device;
    expect(limits.maxStorageBufferBindingSize).toBe(adapter!.limits.maxStorageBufferBindingSize);
    expect(limits.maxComputeInvocationsPerWorkgroup).toBe(adapter!.limits.maxComputeInvocationsPerWorkgroup);
  });

  it('is found by a part of its name', async () => {
    const { adapter } = await probeAdapter();
    const [part] = adapter!.description.match(/[a-z]+/i)!;
    expect((await openDevice('webgpu', { adapterName: part })).description).toContain(part);
  });

  it.each(['webgpu', 'auto'] as const)(
    'that does not exist is refused by its name, with those there are (%s)',
    async asked => {
      const { adapter } = await probeAdapter();
      const [part] = adapter!.description.match(/[a-z]+/i)!;
      const opening = openDevice(asked, { adapterName: 'abacus' });
      await expect(opening).rejects.toMatchObject({
        code: 'device_unavailable',
        message: 'No GPU of this machine is named "abacus".',
        remedy: expect.stringContaining(part),
      });
    },
  );

  it('is told once to be unusable when it refuses a shader', async () => {
    const told: string[] = [];
    await openDevice('webgpu', { onFatal: error => told.push(error.code) });
    const { device } = webGpuBackend();
    for (let i = 0; i < 2; i++) device.createShaderModule({ code: 'this is no shader' });
    await device.queue.onSubmittedWorkDone();
    await expect.poll(() => told).toEqual(['device_lost']);
  });
});
