/**
 * SplitV: a tensor cut along one axis; the gradient of a concatenation, so every skip of a U-Net passes through it.
 *
 *   x [.., d, ..], sizes  ->  one tensor [.., size, ..] for each of them
 *
 * One job for each part (copy-runs.ts); the stock wasm kernel copies x once per part (see slice.ts). Bytes: 8 per number.
 * Limits: float32, int32; truth values on one thread.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { backend_util, type KernelConfig, type Tensor, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { copyPart, hasWords } from './copy-runs.ts';
import { copyBlock } from './slice.ts';

export const splitV: KernelConfig = {
  kernelName: 'SplitV',
  backendName: 'wasm',
  kernelFunc: ({ inputs, backend, attrs }) => {
    const { x } = inputs as { x: TensorInfo };
    const { numOrSizeSplits, axis: given } = attrs as unknown as { numOrSizeSplits: number | number[]; axis: number };
    const wasm = backend as BackendWasm;
    const axis = util.parseAxisParam(given, x.shape)[0]!;
    let before = 0;
    return backend_util.prepareSplitSize(x as Tensor, numOrSizeSplits, axis).map(length => {
      const size = x.shape.with(axis, length);
      const begin = x.shape.map((_, d) => (d === axis ? before : 0));
      const start = before;
      before += length;
      if (!hasWords(x)) return copyBlock(wasm, x, begin, size);
      const part = wasm.makeOutput(size, x.dtype);
      copyPart(wasm, { part, whole: x, axis, before: start }, 'cut');
      return part;
    });
  },
};
