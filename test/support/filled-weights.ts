/** Recognisable numbers for weights, and whether a network has exactly those in exactly the places that it should. */
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { expect } from 'vitest';
import { readWeights } from '../../gpu-worker/model/network.ts';
import type { NamedArray } from '../../gpu-worker/model/weights.ts';

/** In one tensor the same number comes again only after a prime number of places, so that no row can pass for another. */
const PLACES = 16_381;

export const sizeOf = (shape: readonly number[]) => shape.reduce((product, side) => product * side, 1);

/** Whole numbers that a float holds, others for every tensor. @param tensor its number, below 1000. */
export function numbersOf(tensor: number, shape: readonly number[]): Float32Array {
  const numbers = new Float32Array(sizeOf(shape));
  for (let i = 0; i < numbers.length; i++) numbers[i] = 1 + PLACES * tensor + (i % PLACES);
  return numbers;
}

/** That `fill` gives these weights, by our names, these numbers, and leaves all others as they were. */
export async function expectFilled(
  network: LayersModel,
  fill: () => void,
  expected: ReadonlyMap<string, Float32Array>,
): Promise<void> {
  const before = await readWeights(network);
  fill();
  const after = await readWeights(network);
  const wrong = after.filter(({ name, data }) => expected.has(name) && !isSame(data, expected.get(name)!));
  expect(wrong.map(({ name }) => name)).toEqual([]);
  expect(changed(before, after).sort()).toEqual([...expected.keys()].sort());
}

/** That `fill` refuses a file in these words and leaves all weights as they were. */
export async function expectRefusal(network: LayersModel, fill: () => void, words: string): Promise<void> {
  const before = await readWeights(network);
  expect(fill).toThrow(
    expect.objectContaining({ code: 'weights_unavailable', message: expect.stringContaining(words) }),
  );
  expect(changed(before, await readWeights(network))).toEqual([]);
}

/** Names of the weights whose numbers are no longer the same. */
function changed(before: NamedArray[], after: NamedArray[]): string[] {
  return before.filter(({ data }, i) => !isSame(data, after[i]!.data)).map(({ name }) => name);
}

/** Bit by bit. */
function isSame(a: Float32Array, b: Float32Array): boolean {
  const bytes = ({ buffer, byteOffset, byteLength }: Float32Array) => Buffer.from(buffer, byteOffset, byteLength);
  return bytes(a).equals(bytes(b));
}
