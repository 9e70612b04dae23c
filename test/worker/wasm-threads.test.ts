/** The threads of the CPU backend's kernels: what they compute together, what becomes of one that fails, and how they end. Most of it on a memory of the test's own. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openDevice } from '../../gpu-worker/device/open.ts';
import { type Heap, runJob, startThreads, stopThreads } from '../../gpu-worker/kernels/wasm/threads.ts';

afterEach(stopThreads);

/** Where the tests' numbers lie; the control block comes before. */
const NUMBERS = 65_536;

/** A memory that hands out its bytes in a row. */
function ownHeap(mebibytes: number): Heap & { floats: Float32Array } {
  const memory = new WebAssembly.Memory({ initial: 16 * mebibytes, maximum: 16 * mebibytes, shared: true });
  let next = 64;
  const malloc = (bytes: number) => (next += bytes) - bytes;
  return { memory, malloc, floats: new Float32Array(memory.buffer) };
}

/** Lays out panels of eight channels, of one weight at most: a job whose items are easily counted, made long or led astray. */
const panels = (items: number, { at = NUMBERS, inputs = 1 } = {}) =>
  runJob(
    'packFilter',
    {
      ...{ filter: 32_768, bias: 0, panels: at, rows: 1, columns: 1, inputs, outputs: 8 * items },
      ...{ row: 0, column: 0, input: 0, output: 0 },
    },
    items,
  );

describe('a job', () => {
  it.each([1, 2, 3])('is done once for each of its items by %d threads, thousands of times', async count => {
    const heap = ownHeap(4);
    await startThreads(heap, { count, onFatal: vi.fn() });
    const written = heap.floats.subarray(NUMBERS / 4, NUMBERS / 4 + 16 * 60);
    // Beyond the 65,536 numbers of jobs that there are.
    for (let job = 0; job < 70_000; job++) panels(1 + (job % 3));
    for (const items of [1, 2, 59]) {
      heap.floats[32_768 / 4] = items;
      written.fill(-1);
      panels(items);
      const expected = Array.from({ length: written.length }, (_, i) =>
        i < 16 * items ? (i % 16 < 8 ? 0 : items) : -1,
      );
      expect([...written]).toEqual(expected);
    }
  });

  it.each([0, 65_536, Number.NaN])('of %d items is refused', async items => {
    await startThreads(ownHeap(4), { count: 1, onFatal: vi.fn() });
    expect(() => panels(items)).toThrow('items');
  });
});

describe('a convolution and its gradients', () => {
  it('are the same to the last bit with one, two and three threads', async () => {
    const results: Float32Array[][] = [];
    for (const threads of [1, 2, 3]) {
      await openDevice('wasm', { threads });
      const given = { x: [2, 37, 29, 5], filter: [3, 3, 5, 13], bias: [13], dy: [2, 37, 29, 13] };
      const { x, filter, bias, dy } = Object.fromEntries(
        Object.entries(given).map(([name, shape], seed) => [name, tf.randomNormal(shape, 0, 1, 'float32', 1 + seed)]),
      ) as Record<keyof typeof given, tf.Tensor>;
      const attrs = { strides: [1, 1], pad: 'same', dataFormat: 'NHWC', dilations: [1, 1], activation: 'relu' };
      const run = (kernel: string, inputs: object, shape: object = {}) =>
        tf.engine().runKernel(kernel, inputs as tf.NamedTensorMap, { ...attrs, ...shape }) as tf.Tensor;
      const tensors = [
        run('FusedConv2D', { x, filter, bias }),
        run('Conv2DBackpropInput', { dy, filter }, { inputShape: given.x }),
        run('Conv2DBackpropFilter', { x, dy }, { filterShape: given.filter }),
      ];
      results.push(await Promise.all(tensors.map(tensor => tensor.data<'float32'>())));
      tf.dispose([x, filter, bias, dy, ...tensors]);
    }
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
  });
});

describe('a thread that fails', () => {
  const BEYOND = 2 ** 31;

  it.each([1, 3])('as the calling one of %d is reported, and no job is run after it', async count => {
    const onFatal = vi.fn();
    await startThreads(ownHeap(4), { count, onFatal });
    panels(3);
    // Each of the others can take one item only.
    expect(() => panels(9, { at: BEYOND })).toThrow(expect.objectContaining({ code: 'internal' }));
    expect(() => panels(1)).toThrow(expect.objectContaining({ code: 'internal' }));
    await vi.waitFor(() => expect(onFatal).toHaveBeenCalledTimes(1));
    expect(onFatal.mock.calls[0]![0]).toMatchObject({ code: 'internal', cause: expect.any(Error) });
  });

  it('beside the calling one wakes it up, with the reason for the log', async () => {
    const onFatal = vi.fn();
    await startThreads(ownHeap(40), { count: 2, onFatal });
    await oneSleeps();
    // The calling thread takes the first item, 32 MiB of zeros; the second lies beyond the memory.
    expect(() => panels(2, { inputs: 2 ** 20 })).toThrow(expect.objectContaining({ code: 'internal' }));
    expect(() => panels(1)).toThrow(expect.objectContaining({ code: 'internal' }));
    await vi.waitFor(() => expect(onFatal).toHaveBeenCalledTimes(1));
    expect(onFatal.mock.calls[0]![0].cause.message).toContain('memory access out of bounds');
  });

  it('is made good by starting anew', async () => {
    const heap = ownHeap(4);
    await startThreads(heap, { count: 2, onFatal: vi.fn() });
    expect(() => panels(9, { at: BEYOND })).toThrow();
    await startThreads(heap, { count: 2, onFatal: vi.fn() });
    panels(9);
  });
});

/** Time for a started thread to arrive at its wait. */
const oneSleeps = () => new Promise(resolve => setTimeout(resolve, 300));

describe('starting the threads', () => {
  it('twice ends the first ones', async () => {
    const threads = () => readdirSync('/proc/self/task').length;
    await startThreads(ownHeap(4), { count: 1, onFatal: vi.fn() });
    const before = threads();
    for (let i = 0; i < 5; i++) {
      const onFatal = vi.fn();
      await startThreads(ownHeap(4), { count: 3, onFatal });
      panels(5);
    }
    await stopThreads();
    expect(threads()).toBeLessThanOrEqual(before);
    expect(() => panels(1)).toThrow('not opened');
  });

  it('keeps no process alive that has nothing else to do', () => {
    const folder = mkdtempSync(join(tmpdir(), 'threads-'));
    const file = join(folder, 'script.mts');
    const url = new URL('../../gpu-worker/device/open.ts', import.meta.url).href;
    writeFileSync(
      file,
      `import { openDevice } from '${url}';\nconsole.log((await openDevice('wasm', { threads: 3 })).backend);`,
    );
    const { stdout, stderr, status } = spawnSync(process.execPath, ['--import', 'tsx', file], {
      encoding: 'utf8',
      timeout: 30_000,
    });
    rmSync(folder, { recursive: true });
    expect({ stdout, stderr, status }).toEqual({ stdout: 'wasm\n', stderr: '', status: 0 });
  });
});
