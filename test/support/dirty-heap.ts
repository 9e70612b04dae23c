/** Memory of the wasm backend that is full of NaN: what a kernel leaves unwritten shows. */
import * as tf from '@tensorflow/tfjs-core';

/** Runs `work` with freed memory of the given shapes, which what it makes is likely to get. */
export function onDirtyHeap<T extends tf.TensorContainer>(shapes: readonly number[][], work: () => T): T {
  tf.dispose(shapes.flatMap(shape => [tf.fill(shape, Number.NaN), tf.fill(shape, Number.NaN)]));
  return tf.tidy(work);
}
