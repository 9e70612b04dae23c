/** Times of the CPU benches: medians over some seconds, and where they go by kernel. */
import * as tf from '@tensorflow/tfjs-core';
import { median } from '../results.ts';

const LEAST_RUNS = 5;
const MOST_RUNS = 400;
/** V8 compiles a wasm function anew while it runs: the first calls are of the slower code. */
const WARM_UP_SHARE = 0.3;

export interface Time {
  /** The median. */
  ms: number;
  /** The fastest, which says more on a machine that others use as well. */
  best_ms: number;
}

/** What `work` takes, over some seconds after a warm-up. */
export async function timeOf(work: () => unknown, seconds: number): Promise<Time> {
  const times: number[] = [];
  const timed = async () => {
    const startedMs = performance.now();
    await work();
    times.push(performance.now() - startedMs);
  };
  const warmUntilMs = performance.now() + 1000 * WARM_UP_SHARE * seconds;
  do await timed();
  while (performance.now() < warmUntilMs || times.length < LEAST_RUNS);
  times.length = 0;
  const endMs = performance.now() + 1000 * seconds;
  while (times.length < LEAST_RUNS || (performance.now() < endMs && times.length < MOST_RUNS)) await timed();
  return { ms: median(times), best_ms: Math.min(...times) };
}

export interface KernelShare {
  kernel: string;
  calls: number;
  ms: number;
}

/**
 * Where a run of `work` spends its time: wall time in each kernel of the active backend, and 'outside' for the rest. The kernels are
 * registered once more with a clock around them, and work until they are done; what one of them calls is counted as its own.
 */
export async function profileOf(work: () => unknown, runs: number): Promise<KernelShare[]> {
  const shares = new Map<string, KernelShare>();
  const kernels = tf.getKernelsForBackend(tf.getBackend());
  let depth = 0;
  for (const kernel of kernels) {
    const { kernelName, kernelFunc } = kernel;
    replace({
      ...kernel,
      kernelFunc: given => {
        const startedMs = performance.now();
        depth += 1;
        try {
          return kernelFunc(given);
        } finally {
          depth -= 1;
          if (depth === 0) add(shares, kernelName, performance.now() - startedMs);
        }
      },
    });
  }
  const startedMs = performance.now();
  for (let run = 0; run < runs; run++) await work();
  const wholeMs = performance.now() - startedMs;
  kernels.forEach(replace);
  const inside = [...shares.values()].reduce((sum, { ms }) => sum + ms, 0);
  shares.set('outside', { kernel: 'outside', calls: 0, ms: wholeMs - inside });
  return [...shares.values()]
    .map(({ kernel, calls, ms }) => ({ kernel, calls: calls / runs, ms: ms / runs }))
    .toSorted((a, b) => b.ms - a.ms);
}

function add(shares: Map<string, KernelShare>, kernel: string, ms: number): void {
  const share = shares.get(kernel) ?? { kernel, calls: 0, ms: 0 };
  shares.set(kernel, { kernel, calls: share.calls + 1, ms: share.ms + ms });
}

function replace(kernel: tf.KernelConfig): void {
  tf.unregisterKernel(kernel.kernelName, kernel.backendName);
  tf.registerKernel(kernel);
}
