/**
 * SplitV: a tensor cut along one axis; the gradient of a concatenation, so every skip of a U-Net passes through it.
 *
 *   x [.., d, ..], sizes  ->  one tensor [.., size, ..] for each of them
 *
 * The stock wasm kernel copies x once per part (see slice.ts). Limits: float32, int32, bool.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { backend_util, type KernelConfig, type Tensor, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { copyBlock } from '../../../gpu-worker/kernels/wasm/slice.ts';

export const splitV: KernelConfig = {
  kernelName: 'SplitV',
  backendName: 'wasm',
  kernelFunc: ({ inputs, backend, attrs }) => {
    const { x } = inputs as { x: TensorInfo };
    const { numOrSizeSplits, axis } = attrs as unknown as { numOrSizeSplits: number | number[]; axis: number };
    const along = util.parseAxisParam(axis, x.shape)[0]!;
    const begin = x.shape.map(() => 0);
    return backend_util.prepareSplitSize(x as Tensor, numOrSizeSplits, along).map(length => {
      const size = x.shape.with(along, length);
      const part = copyBlock(backend as BackendWasm, x, begin, size);
      begin[along]! += length;
      return part;
    });
  },
};
