/**
 * The CPU as compute device: the TensorFlow.js wasm backend with SIMD and threads, and our gradient kernels.
 *
 * The backend's own start leaves threads off in Node and caps them at half the cores; so the wasm module is made here: a thread body
 * that Node can load (wasm-pthread.cjs), and the number of threads that was asked for. Two threads halve the time of a convolution.
 * Leaves out: relaxed SIMD and kernels of our own in wasm; the package's binary is used as it is.
 */

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BackendWasm, setThreadsCount } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { AppError, messageOf } from '../../src/errors.ts';
import { registerWasmKernels } from '../kernels/wasm/register.ts';

/** The package's binary holds a pool of eight threads. */
const MOST_THREADS = 8;
const SIGNAL_EVENTS = ['uncaughtException', 'unhandledRejection'] as const;

type WasmModule = BackendWasm['wasm'] & {
  PThread: { runningWorkers: NodeWorker[]; unusedWorkers: NodeWorker[] };
  cwrap: (name: string, returns: 'number' | null, takes: 'number'[]) => (...numbers: number[]) => number;
  asm: { malloc: (bytes: number) => number };
  _malloc: (bytes: number) => number;
};
type NodeWorker = { unref(): void; terminate(): void };
type Instantiated = (instance: WebAssembly.Instance, module: WebAssembly.Module) => void;
type ModuleFactory = (settings: {
  locateFile: (file: string) => string;
  instantiateWasm: (imports: WebAssembly.Imports, done: Instantiated) => object;
}) => Promise<WasmModule>;

/**
 * Makes `wasm` the active backend.
 * @param threads compute threads; default: as many as the machine has cores, at most eight.
 * @returns the number of threads in use.
 * @throws AppError device_unavailable
 */
export async function openWasm(threads = availableParallelism()): Promise<number> {
  const threadCount = Math.max(1, Math.min(threads, MOST_THREADS));
  const module = await startModule(threadCount).catch(cause => {
    throw new AppError('device_unavailable', `The CPU backend did not start: ${messageOf(cause)}`, {
      remedy: 'Run the installation again (npm ci): a file of @tensorflow/tfjs-backend-wasm may be missing.',
      cause,
    });
  });
  setThreadsCount(threadCount);
  tf.removeBackend('wasm');
  tf.registerBackend('wasm', () => new BackendWasm(module));
  await tf.setBackend('wasm');
  // The threads wait inside wasm for the next command: they must not keep a finished process alive.
  for (const worker of module.PThread.runningWorkers) worker.unref();
  for (const worker of module.PThread.unusedWorkers.splice(0)) worker.terminate();
  registerWasmKernels();
  return threadCount;
}

async function startModule(threadCount: number): Promise<WasmModule> {
  const require = createRequire(import.meta.url);
  const folder = join(dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json')), 'wasm-out');
  const factory = require(join(folder, 'tfjs-backend-wasm-threaded-simd.js')) as ModuleFactory;
  const binary = await readFile(join(folder, 'tfjs-backend-wasm-threaded-simd.wasm'));
  const threadBody = fileURLToPath(new URL('./wasm-pthread.cjs', import.meta.url));

  const listenersBefore = SIGNAL_EVENTS.map(event => process.listeners(event as 'uncaughtException'));
  const module = await new Promise<WasmModule>((resolve, reject) => {
    const instantiateWasm = (imports: WebAssembly.Imports, done: Instantiated) => {
      // The binary makes its thread pool for half of what this import says.
      imports.env!.emscripten_num_logical_cores = () => 2 * threadCount;
      WebAssembly.instantiate(binary, imports).then(made => done(made.instance, made.module), reject);
      return {};
    };
    const locateFile = (file: string) => (file.endsWith('.worker.js') ? threadBody : join(folder, file));
    factory({ locateFile, instantiateWasm }).then(resolve, reject);
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
  refuseNullPointers(module);
  return module;
}

/** The backend takes a failed allocation (address 0) for a tensor and writes over the start of the heap. */
function refuseNullPointers(module: WasmModule): void {
  // The module's own _malloc puts itself back at its first call.
  const { malloc } = module.asm;
  module._malloc = bytes => {
    const address = malloc(bytes);
    if (address !== 0 || bytes === 0) return address;
    throw new AppError(
      'out_of_memory',
      `The CPU backend has no room for another ${(bytes / 2 ** 20).toFixed(0)} MiB.`,
      {
        remedy: 'Use a smaller batch_size, fewer filters or a smaller input_scaling: the CPU backend can hold 4 GiB.',
      },
    );
  };
}
