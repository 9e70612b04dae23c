/**
 * The CPU as compute device: the TensorFlow.js wasm backend, and our kernels with threads of their own on its memory (kernels/wasm/).
 *
 * The package's binary for threads is taken, because its memory is shared, but on one thread: all that dominates a step is ours, and its
 * threads would look for work beside ours. The module is made here, so that it starts none and its memory is at hand.
 */

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { BackendWasm, setThreadsCount } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { AppError, messageOf } from '../../src/errors.ts';
import { registerWasmKernels } from '../kernels/wasm/register.ts';
import { startThreads } from '../kernels/wasm/threads.ts';

/** Without a number; more threads than this find too little to do in one job. */
const MOST_THREADS = 8;
const SIGNAL_EVENTS = ['uncaughtException', 'unhandledRejection'] as const;

type WasmModule = BackendWasm['wasm'] & {
  cwrap: (name: string, returns: 'number' | null, takes: 'number'[]) => (...numbers: number[]) => number;
  asm: { malloc: (bytes: number) => number };
  _malloc: (bytes: number) => number;
};
type Instantiated = (instance: WebAssembly.Instance, module: WebAssembly.Module) => void;
type ModuleFactory = (settings: {
  locateFile: (file: string) => string;
  instantiateWasm: (imports: WebAssembly.Imports, done: Instantiated) => object;
}) => Promise<WasmModule>;

/**
 * Makes `wasm` the active backend.
 * @param count compute threads; default: as many as the machine has cores, at most eight.
 * @param onFatal told when one of them ended by an error.
 * @returns the number of threads in use.
 * @throws AppError device_unavailable
 */
export async function openWasm(
  onFatal: (error: AppError) => void,
  count = Math.min(availableParallelism(), MOST_THREADS),
): Promise<number> {
  const { module, memory } = await startModule().catch(cause => {
    throw new AppError('device_unavailable', `The CPU backend did not start: ${messageOf(cause)}`, {
      remedy: 'Run the installation again (npm ci): a file of @tensorflow/tfjs-backend-wasm may be missing.',
      cause,
    });
  });
  setThreadsCount(1);
  tf.removeBackend('wasm');
  tf.registerBackend('wasm', () => new BackendWasm(module));
  await tf.setBackend('wasm');
  await startThreads({ memory, malloc: bytes => module._malloc(bytes) }, { count, onFatal });
  registerWasmKernels();
  return count;
}

async function startModule(): Promise<{ module: WasmModule; memory: WebAssembly.Memory }> {
  const require = createRequire(import.meta.url);
  const folder = join(dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json')), 'wasm-out');
  const factory = require(join(folder, 'tfjs-backend-wasm-threaded-simd.js')) as ModuleFactory;
  const binary = await readFile(join(folder, 'tfjs-backend-wasm-threaded-simd.wasm'));

  const listenersBefore = SIGNAL_EVENTS.map(event => process.listeners(event as 'uncaughtException'));
  let memory: WebAssembly.Memory | undefined;
  const module = await new Promise<WasmModule>((resolve, reject) => {
    const instantiateWasm = (imports: WebAssembly.Imports, done: Instantiated) => {
      memory = imports.env!.memory as WebAssembly.Memory;
      WebAssembly.instantiate(binary, imports).then(made => done(made.instance, made.module), reject);
      return {};
    };
    const locateFile = (file: string) => join(folder, file);
    withoutItsThreads(() => factory({ locateFile, instantiateWasm })).then(resolve, reject);
  });
  // Emscripten rethrows every uncaught error of the process from its own source line, a 200 kB one.
  SIGNAL_EVENTS.forEach((event, i) => {
    for (const listener of process.listeners(event as 'uncaughtException')) {
      if (!listenersBefore[i]!.includes(listener)) process.removeListener(event, listener);
    }
  });

  module.tfjs = {
    init: module.cwrap('init', null, []),
    initWithThreadsCount: module.cwrap('init_with_threads_count', null, ['number']),
    getThreadsCount: module.cwrap('get_threads_count', 'number', []),
    registerTensor: module.cwrap('register_tensor', null, ['number', 'number', 'number']),
    disposeData: module.cwrap('dispose_data', null, ['number']),
    dispose: module.cwrap('dispose', null, []),
  };
  refuseBadPointers(module, memory!);
  return { module, memory: memory! };
}

/** Emscripten starts eight threads at once and waits for them, needed or not: `start` gets stand-ins that only say that they are there. */
function withoutItsThreads<T>(start: () => T): T {
  const before = Object.getOwnPropertyDescriptor(globalThis, 'Worker');
  // It assigns Node's class to this global itself before it uses it.
  Object.defineProperty(globalThis, 'Worker', { get: () => StandIn, set: () => {}, configurable: true });
  try {
    return start();
  } finally {
    if (before) Object.defineProperty(globalThis, 'Worker', before);
    else Reflect.deleteProperty(globalThis, 'Worker');
  }
}

class StandIn {
  onmessage?: (event: { data: { cmd: 'loaded' } }) => void;

  on(): void {}

  unref(): void {}

  terminate(): void {}

  postMessage({ cmd }: { cmd: string }): void {
    if (cmd !== 'load') throw new Error(`The CPU backend's own threads are not used: ${cmd}`);
    queueMicrotask(() => this.onmessage?.({ data: { cmd: 'loaded' } }));
  }
}

/**
 * The backend takes a failed allocation (address 0) for a tensor and writes over the start of the heap. And close to 4 GiB the module's allocator can hand
 * out a block that reaches beyond the end of its memory: that one stays taken, since giving it back would write there.
 */
function refuseBadPointers(module: WasmModule, memory: WebAssembly.Memory): void {
  // The module's own _malloc puts itself back at its first call.
  const { malloc } = module.asm;
  module._malloc = bytes => {
    // wasm's numbers have a sign: half of all addresses come negative.
    const address = malloc(bytes) >>> 0;
    if (bytes === 0 || (address !== 0 && address + bytes <= memory.buffer.byteLength)) return address;
    throw new AppError(
      'out_of_memory',
      `The CPU backend has no room for another ${(bytes / 2 ** 20).toFixed(0)} MiB.`,
      {
        remedy: 'Use a smaller batch_size, fewer filters or a smaller input_scaling: the CPU backend can hold 4 GiB.',
      },
    );
  };
}
