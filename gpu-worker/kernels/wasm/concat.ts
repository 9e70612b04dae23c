/**
 * Concat and SplitV: tensors joined along an axis, and one cut along it, which is the gradient; every skip of a U-Net passes through both.
 *
 *   [.., d1, ..], [.., d2, ..], ..  <->  [.., d1 + d2 + .., ..]
 *
 * Whatever the axis, it is rows of numbers copied to rows of another length (assembly/copy-rows.ts). The stock kernels copy row by row in
 * JavaScript, the cut one the whole tensor for each part. They stay for strings and booleans.
 */
// Registers the stock kernels, two of which are kept below.
import '@tensorflow/tfjs-backend-wasm';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { backend_util, getKernel, type KernelConfig, type Tensor, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { bandsOf } from './division.ts';
import { addressOf, runJob } from './threads.ts';

// With what they prepare for each backend that is opened.
const stockConcat = getKernel('Concat', 'wasm');
const stockSplit = getKernel('SplitV', 'wasm');

export const concat: KernelConfig = {
  ...stockConcat,
  kernelFunc: given => {
    const parts = given.inputs as unknown as TensorInfo[];
    if (!parts.every(({ dtype }) => hasFourBytes(dtype) && dtype === parts[0]!.dtype))
      return stockConcat.kernelFunc(given);
    const backend = given.backend as BackendWasm;
    const shapes = parts.map(({ shape }) => shape);
    const axis = util.parseAxisParam((given.attrs as { axis: number }).axis, shapes[0]!)[0]!;
    backend_util.assertParamsConsistent(shapes, axis);
    const joined = backend.makeOutput(backend_util.computeOutShape(shapes, axis), parts[0]!.dtype);
    let start = 0;
    for (const part of parts) {
      copyPart(backend, { part, joined, axis, start, into: 'joined' });
      start += part.shape[axis]!;
    }
    return joined;
  },
};

export const splitV: KernelConfig = {
  ...stockSplit,
  kernelFunc: given => {
    const { x: joined } = given.inputs as { x: TensorInfo };
    if (!hasFourBytes(joined.dtype)) return stockSplit.kernelFunc(given);
    const backend = given.backend as BackendWasm;
    const { numOrSizeSplits, axis: along } = given.attrs as unknown as {
      numOrSizeSplits: number | number[];
      axis: number;
    };
    const axis = util.parseAxisParam(along, joined.shape)[0]!;
    let start = 0;
    return backend_util.prepareSplitSize(joined as Tensor, numOrSizeSplits, axis).map(length => {
      const part = backend.makeOutput(joined.shape.with(axis, length), joined.dtype);
      copyPart(backend, { part, joined, axis, start, into: 'part' });
      start += length;
      return part;
    });
  },
};

const hasFourBytes = (dtype: string) => dtype === 'float32' || dtype === 'int32';

interface Part {
  part: TensorInfo;
  joined: TensorInfo;
  axis: number;
  /** Of the part, along the axis. */
  start: number;
  into: 'part' | 'joined';
}

function copyPart(backend: BackendWasm, { part, joined, axis, start, into }: Part): void {
  const run = util.sizeFromShape(part.shape.slice(axis));
  const rows = util.sizeFromShape(part.shape.slice(0, axis));
  if (run * rows === 0) return;
  const inner = util.sizeFromShape(joined.shape.slice(axis + 1));
  const [partRow, joinedRow] = [4 * run, 4 * inner * joined.shape[axis]!];
  const [small, large] = [addressOf(backend, part), addressOf(backend, joined) + 4 * inner * start];
  const places =
    into === 'joined'
      ? { from: small, fromRow: partRow, to: large, toRow: joinedRow }
      : { from: large, fromRow: joinedRow, to: small, toRow: partRow };
  const { bandRows, items } = bandsOf(rows, run * rows);
  runJob('copyRows', { ...places, rows, run, bandRows }, items);
}
