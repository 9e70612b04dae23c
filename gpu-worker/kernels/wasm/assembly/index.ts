/**
 * Our kernels for the CPU as one WebAssembly module, on the memory of TensorFlow.js's own. It has no memory, data or allocations of its own.
 *
 * The innermost loops are exported, though nobody calls them from outside: so they stay functions of their own. Inlined into their callers, they have to
 * share its registers, and V8 13.6 (Node 24) then took a third longer for an inference.
 */
export { addTile } from './conv-filter-gradient';
export { convRow } from './conv-tile';
export { run, serve } from './threads';
export { multiply } from './winograd';
