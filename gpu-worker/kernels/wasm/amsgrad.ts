/**
 * A step of AMSGrad over all variables as one job, where their numbers lie (assembly/amsgrad.ts).
 *
 * Variables are cut into stretches, which a table in the wasm memory lists: five addresses and a count for each.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { runJob, withRoom } from './threads.ts';

/** Most numbers of a stretch: what a thread does in about ten microseconds. */
const STRETCH = 16_384;
/** Of 32 bits. */
const FIELDS = 6;

/** Where the numbers of one variable are, as addresses. */
export interface AmsGradPlaces {
  weights: number;
  gradient: number;
  m: number;
  v: number;
  vhat: number;
  /** How many there are. */
  size: number;
}

export interface AmsGradConstants {
  alpha: number;
  /** What gradients are multiplied by first. */
  scale: number;
  beta1: number;
  beta2: number;
  epsilon: number;
}

export function updateAmsGrad(
  backend: BackendWasm,
  variables: readonly AmsGradPlaces[],
  { alpha, scale, beta1, beta2, epsilon }: AmsGradConstants,
): void {
  const rows = variables.flatMap(({ size, ...places }) => {
    const { weights, gradient, m, v, vhat } = places;
    return Array.from({ length: Math.ceil(size / STRETCH) }, (_, i) => {
      const addresses = [weights, gradient, m, v, vhat].map(address => address + 4 * STRETCH * i);
      return [...addresses, Math.min(STRETCH, size - STRETCH * i)];
    });
  });
  withRoom(backend, 4 * FIELDS * rows.length, table => {
    new Uint32Array(backend.wasm.HEAPU8.buffer, table, FIELDS * rows.length).set(rows.flat());
    const numbers = { alpha, scale, share1: 1 - beta1, share2: 1 - beta2, epsilon };
    runJob('amsGradUpdate', { table, ...numbers }, rows.length);
  });
}
