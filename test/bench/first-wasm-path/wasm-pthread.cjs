/**
 * Body of one compute thread of the wasm backend.
 *
 * The package ships the thread's code as a string and, in a browser, starts it from a blob URL, which Node's Worker refuses: the package
 * therefore leaves threads off in Node (tensorflow/tfjs issue 3830). A file that runs the string is all that is missing.
 */
const { createRequire } = require('node:module');

const path = require.resolve('@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-threaded-simd.worker.js');
// The string was written for a second round of unescaping: its line feeds stand inside quotes.
const code = require(path).wasmWorkerContents.replaceAll('\n', '\\n');
new Function('require', '__filename', code)(createRequire(path), path);
