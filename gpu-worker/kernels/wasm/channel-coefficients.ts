/**
 * What the kernels of batch normalisation share: numbers that belong to channels, as the threads read and write them.
 *
 * Coefficients are repeated until they fill whole vectors of four: [lcm(C, 4)] each, one after another. Sums over pixels come in groups, each
 * with two numbers for every channel; their last step is taken here, in 64 bits, since there are only some thousand.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { withRoom } from './threads.ts';

/** Most groups: eight threads in four rounds. */
const MOST_GROUPS = 32;
/** Fewer numbers than this are summed before another thread has woken up. */
const LEAST_GROUP = 16_384;

/** @param coefficients [C] each. @param work told where they are and how many numbers each of them has become. */
export function withCoefficients(
  backend: BackendWasm,
  coefficients: readonly Float64Array[],
  work: (address: number, period: number) => void,
): void {
  const channels = coefficients[0]!.length;
  const period = channels % 4 === 0 ? channels : channels % 2 === 0 ? 2 * channels : 4 * channels;
  withRoom(backend, 4 * period * coefficients.length, address => {
    const all = new Float32Array(backend.wasm.HEAPU8.buffer, address, period * coefficients.length);
    for (const [i, values] of coefficients.entries()) {
      for (let from = 0; from < period; from += channels) all.set(values, i * period + from);
    }
    work(address, period);
  });
}

/** Into how many groups pixels are divided for a sum over them: by the shape alone. */
function groupsOf(pixels: number, channels: number): number {
  return Math.max(1, Math.min(MOST_GROUPS, pixels, Math.floor((pixels * channels) / LEAST_GROUP)));
}

/** What a group of pixels knows of a channel. */
export interface GroupSums {
  pixels: number;
  first: number;
  second: number;
}

/**
 * Lets the threads sum over groups of pixels, and merges those.
 * @param sum writes [groups, 2, C rounded up to four].
 * @param merge called for each group in their order, with its sums of one channel.
 */
export function sumOverPixels(
  backend: BackendWasm,
  { pixels, channels }: { pixels: number; channels: number },
  sum: (parts: number, groups: number) => void,
  merge: (channel: number, sums: GroupSums) => void,
): void {
  const groups = groupsOf(pixels, channels);
  const padded = 4 * Math.ceil(channels / 4);
  withRoom(backend, 4 * groups * 2 * padded, parts => {
    sum(parts, groups);
    const all = new Float32Array(backend.wasm.HEAPU8.buffer, parts, groups * 2 * padded);
    const start = (group: number) => Math.floor((group * pixels) / groups);
    for (let group = 0; group < groups; group++) {
      const [from, count] = [group * 2 * padded, start(group + 1) - start(group)];
      for (let c = 0; c < channels; c++)
        merge(c, { pixels: count, first: all[from + c]!, second: all[from + padded + c]! });
    }
  });
}

/** A tensor's numbers, to be read before the next allocation. */
export function numbersOf(backend: BackendWasm, tensor: { dataId: object }): Float32Array {
  return backend.typedArrayFromHeap(tensor as never) as Float32Array;
}
