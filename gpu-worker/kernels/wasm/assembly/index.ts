/** Our kernels for the CPU as one WebAssembly module, on the memory of TensorFlow.js's own. It has no memory, data or allocations of its own. */
export { run, serve } from './threads';
