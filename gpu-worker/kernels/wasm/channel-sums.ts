/**
 * What is summed over pixels for each channel, without losing digits: by the threads in bands whose number depends on the shapes alone, and over the bands here,
 * in 64 bits, since there are only some thousand numbers.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { bandsOf } from './division.ts';
import { runJob, withRoom } from './threads.ts';

/** Fewest columns of a row: four vectors, to be summed at once. */
const LEAST_PERIOD = 16;

/**
 * Sums dz over all pixels (assembly/bias-gradient.ts).
 * @param places where dy lies; y, the result of a rectifier, or 0; dz, what it let pass, which is written where there is a y.
 * @param size numbers of dy.
 * @returns [channels]
 */
export function sumChannels(
  backend: BackendWasm,
  places: { dy: number; y: number; dz: number },
  size: number,
  channels: number,
): Float64Array {
  const period = periodOf(channels);
  const { bandRows, items } = bandsOf(Math.floor(size / period), size);
  return withRoom(backend, 4 * items * period, parts => {
    runJob('biasGradient', { ...places, parts, size, period, bandRows }, items);
    return addParts(new Float32Array(backend.wasm.HEAPU8.buffer, parts, items * period), channels, channels);
  });
}

/** The sum of rows of `step` numbers, of which the first `channels` count. */
export function addParts(parts: Float32Array, channels: number, step: number): Float64Array {
  const sums = new Float64Array(channels);
  for (let from = 0; from < parts.length; from += step) {
    for (let c = 0; c < channels; c++) sums[c]! += parts[from + c]!;
  }
  return sums;
}

/** Numbers of as few pixels as make whole vectors, and enough of them. */
function periodOf(channels: number): number {
  let period = channels;
  while (period < LEAST_PERIOD || period % 4 !== 0) period += channels;
  return period;
}
