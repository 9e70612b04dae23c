/**
 * Slice: a block of a tensor, copied from heap to heap.
 *
 *   x [d0, .., dn], begin, size  ->  [size0, .., sizen]
 *
 * The stock wasm kernel first copies all of x out of the heap, so that forty slices of one long vector, the optimiser's step, cost forty
 * copies of it. Here only what is asked for is touched, in runs as long as the memory is contiguous.
 * Limits: float32, int32, bool; no strings.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type KernelConfig, slice_util, type TensorInfo } from '@tensorflow/tfjs-core';

/** Below this many numbers a loop is faster than making two views of the heap. */
const SHORT_RUN = 48;

export const slice: KernelConfig = {
  kernelName: 'Slice',
  backendName: 'wasm',
  kernelFunc: ({ inputs, backend, attrs }) => {
    const { x } = inputs as { x: TensorInfo };
    const { begin, size } = attrs as unknown as { begin: number | number[]; size: number | number[] };
    const [from, extent] = slice_util.parseSliceParams(x as never, begin, size);
    return copyBlock(backend as BackendWasm, x, from!, extent!);
  },
};

/** The block of x that starts at `begin`, as a new tensor of shape `size`. */
export function copyBlock(backend: BackendWasm, x: TensorInfo, begin: number[], size: number[]): TensorInfo {
  const output = backend.makeOutput(size, x.dtype);
  // Views of the heap are taken after the allocation, which may move it.
  const source = backend.typedArrayFromHeap(x) as Float32Array;
  const target = backend.typedArrayFromHeap(output) as Float32Array;
  const { shape } = x;

  // Axes `inner` and after lie together in memory: all but the first of them are taken whole.
  let inner = shape.length;
  let run = 1;
  do {
    inner -= 1;
    run *= size[inner]!;
  } while (inner > 0 && size[inner] === shape[inner]);

  let written = 0;
  const copy = (axis: number, rows: number) => {
    // `rows` counts the rows of the axes before `axis` that precede the block.
    if (axis < inner) {
      for (let i = 0; i < size[axis]!; i++) copy(axis + 1, rows * shape[axis]! + begin[axis]! + i);
      return;
    }
    let start = rows;
    for (let d = inner; d < shape.length; d++) start = start * shape[d]! + begin[d]!;
    if (run < SHORT_RUN) for (let i = 0; i < run; i++) target[written + i] = source[start + i]!;
    else target.set(source.subarray(start, start + run), written);
    written += run;
  };
  copy(0, 0);
  return output;
}
