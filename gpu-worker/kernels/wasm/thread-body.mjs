/** Body of one compute thread (threads.ts): an instance of the kernels' module on the shared memory, which waits for jobs inside wasm and returns never. */
import { workerData } from 'node:worker_threads';

const { module, memory, control, thread } = workerData;
const { exports } = new WebAssembly.Instance(module, { env: { memory } });
exports.serve(control, thread);
