/**
 * Tensors cut and joined along an axis: rows of numbers that lie together, copied on the threads (assembly/copy-runs.ts).
 *
 * A tensor [.., d, ..] is, for an axis, so many rows of d times the axes after it. Limits: numbers of four bytes.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { bandsOf } from './bands.ts';
import { addressOf, runJob } from './threads.ts';

/** Whether its numbers can be copied so. */
export const hasWords = ({ dtype }: TensorInfo) => dtype === 'float32' || dtype === 'int32';

/**
 * Copies between a part and the place it has in a whole, along one axis.
 * @param before how far the part begins behind the start of the whole.
 */
export function copyPart(
  backend: BackendWasm,
  { part, whole, axis, before }: { part: TensorInfo; whole: TensorInfo; axis: number; before: number },
  direction: 'cut' | 'join',
): void {
  const size = util.sizeFromShape(part.shape);
  if (size === 0) return;
  const rows = util.sizeFromShape(part.shape.slice(0, axis));
  const [run, step] = [part, whole].map(({ shape }) => 4 * util.sizeFromShape(shape.slice(axis))) as [number, number];
  const inWhole = addressOf(backend, whole) + (step / whole.shape[axis]!) * before;
  const places =
    direction === 'cut'
      ? { from: inWhole, fromStep: step, to: addressOf(backend, part), toStep: run }
      : { from: addressOf(backend, part), fromStep: run, to: inWhole, toStep: step };
  const { bandRows, items } = bandsOf(rows, size);
  runJob('copyRuns', { ...places, run, rows, bandRows }, items);
}
