/**
 * Our kernels for the CPU as one WebAssembly module, on the memory of TensorFlow.js's own. It has no memory, data or allocations of its own.
 *
 * The innermost loops are exported, though nobody calls them from outside: so the compiler leaves them functions of their own, which share their
 * registers with nobody.
 */
export { addTile } from './conv-filter-gradient';
export { convRow } from './conv-tile';
export { run, serve } from './threads';
