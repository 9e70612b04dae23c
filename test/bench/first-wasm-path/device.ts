/**
 * TensorFlow.js's wasm backend as the project opened it before it had kernels in AssemblyScript: the package's binary with its own threads.
 *
 * The backend's own start leaves threads off in Node and caps them at half the cores; so the wasm module is made here: a thread body
 * that Node can load (wasm-pthread.cjs), and the number of threads that was asked for.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BackendWasm, setThreadsCount } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';

type WasmModule = BackendWasm['wasm'] & {
  PThread: { runningWorkers: NodeWorker[]; unusedWorkers: NodeWorker[] };
  cwrap: (name: string, returns: 'number' | null, takes: 'number'[]) => (...numbers: number[]) => number;
};
type NodeWorker = { unref(): void; terminate(): void };
type Instantiated = (instance: WebAssembly.Instance, module: WebAssembly.Module) => void;
type ModuleFactory = (settings: {
  locateFile: (file: string) => string;
  instantiateWasm: (imports: WebAssembly.Imports, done: Instantiated) => object;
}) => Promise<WasmModule>;

/** Makes `wasm` the active backend, with stock kernels and this many threads. */
export async function openFirstWasm(threadCount: number): Promise<void> {
  const module = await startModule(threadCount);
  setThreadsCount(threadCount);
  tf.removeBackend('wasm');
  tf.registerBackend('wasm', () => new BackendWasm(module));
  await tf.setBackend('wasm');
  // The threads wait inside wasm for the next command: they must not keep a finished process alive.
  for (const worker of module.PThread.runningWorkers) worker.unref();
  for (const worker of module.PThread.unusedWorkers.splice(0)) worker.terminate();
}

async function startModule(threadCount: number): Promise<WasmModule> {
  const require = createRequire(import.meta.url);
  const folder = join(dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json')), 'wasm-out');
  const factory = require(join(folder, 'tfjs-backend-wasm-threaded-simd.js')) as ModuleFactory;
  const binary = await readFile(join(folder, 'tfjs-backend-wasm-threaded-simd.wasm'));
  const threadBody = fileURLToPath(new URL('./wasm-pthread.cjs', import.meta.url));

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
  module.tfjs = {
    init: module.cwrap('init', null, []),
    initWithThreadsCount: module.cwrap('init_with_threads_count', null, ['number']),
    getThreadsCount: module.cwrap('get_threads_count', 'number', []),
    registerTensor: module.cwrap('register_tensor', null, ['number', 'number', 'number']),
    disposeData: module.cwrap('dispose_data', null, ['number']),
    dispose: module.cwrap('dispose', null, []),
  };
  return module;
}
