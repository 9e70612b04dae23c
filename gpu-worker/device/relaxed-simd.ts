/**
 * Fused multiply-adds for a process that computes on the CPU. V8 11.3, that of Node 20, has wasm's relaxed SIMD behind a flag, later ones without it;
 * and a flag that Node does not know ends it at its start, so that it is tried out first.
 */
import { execFile } from 'node:child_process';
import { hasRelaxedSimd } from '../kernels/wasm/threads.ts';

const FLAG = '--experimental-wasm-relaxed-simd';

/** What a process needs on its command line to have relaxed SIMD: nothing where this one has it, or where nothing helps. */
export async function relaxedSimdFlags(): Promise<string[]> {
  if (hasRelaxedSimd()) return [];
  const isKnown = await new Promise(resolve => {
    execFile(process.execPath, [FLAG, '--eval', ''], error => resolve(error === null));
  });
  return isKnown ? [FLAG] : [];
}
