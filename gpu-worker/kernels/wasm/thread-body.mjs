/** Body of one compute thread (threads.ts): an instance of the kernels' module on the shared memory, which waits for jobs inside wasm and returns never. */
import { workerData } from 'node:worker_threads';

/** Of the control block (assembly/threads.ts). */
const DONE = 64;
/** Stays negative however many items the others finish. */
const FAILED = -(2 ** 31);

const { module, memory, control, thread } = workerData;
const { exports } = new WebAssembly.Instance(module, { env: { memory } });
try {
  exports.serve(control, thread);
} catch (error) {
  // Whoever waits for the job's end holds the event loop that would hear of this error.
  const integers = new Int32Array(memory.buffer);
  Atomics.store(integers, (control + DONE) / 4, FAILED);
  Atomics.notify(integers, (control + DONE) / 4);
  throw error;
}
