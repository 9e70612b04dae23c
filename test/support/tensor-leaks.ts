/** Fails a test that leaves tensors, or buffers of the wasm backend below them, behind. Call it once a file, after the device is open. */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, expect } from 'vitest';

export function expectNoTensorsLeft(): void {
  const held = () => ({ tensors: tf.memory().numTensors, buffers: (tf.backend() as BackendWasm).numDataIds() });
  let before: ReturnType<typeof held>;
  beforeEach(() => {
    before = held();
  });
  afterEach(() => expect(held()).toEqual(before));
}
