/**
 * The numbers that decide which frames lose a block of the network in a step (layers/drop-connect.ts). They come of the training's seed and the
 * step alone, so that a training that goes on after a crash drops what it would have dropped.
 */
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { Random } from '../data/random.ts';
import { DropConnect } from '../model/layers/drop-connect.ts';

/** Uniform numbers in [0, 1), [layers, frames]. */
export interface DropNumbers {
  layers: number;
  frames: number;
  values: Float32Array<ArrayBuffer>;
}

/** How many layers of a network drop frames. */
export function countDropLayers(network: LayersModel): number {
  return network.layers.filter(layer => layer instanceof DropConnect).length;
}

/** @param step counted over the whole training. @returns null where the network drops nothing. */
export function dropNumbers(
  network: LayersModel,
  { seed, step, frames }: { seed: number; step: number; frames: number },
): DropNumbers | null {
  const layers = countDropLayers(network);
  if (layers === 0) return null;
  const random = Random.of(seed, `drop connect, step ${step}`);
  return { layers, frames, values: Float32Array.from({ length: layers * frames }, () => random.next()) };
}

/** Those of the frames from..to-1. */
export function dropNumbersOf({ layers, frames, values }: DropNumbers, from: number, to: number): DropNumbers {
  const rows = Array.from({ length: layers }, (_, i) => values.subarray(i * frames + from, i * frames + to));
  const part = new Float32Array(layers * (to - from));
  for (const [i, row] of rows.entries()) part.set(row, i * (to - from));
  return { layers, frames: to - from, values: part };
}
