/** The device that the tests of this folder run on: a GPU, or a driver that computes on the CPU (test/support/vulkan.ts). */
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { openDevice } from '../../gpu-worker/device/open.ts';

it('opens WebGPU, says what it runs on and adds two tensors', async () => {
  const { backend, description } = await openDevice('webgpu');
  expect(backend).toBe('webgpu');
  expect(tf.getBackend()).toBe('webgpu');
  expect(description).toMatch(/\w/);
  const sum = tf.tidy(() => tf.add(tf.tensor1d([1, 2, 3]), tf.tensor1d([10, 20, 30])));
  expect([...(await sum.data())]).toEqual([11, 22, 33]);
  sum.dispose();
});
