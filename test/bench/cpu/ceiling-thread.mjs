/** One thread of the ceiling (ceiling.ts): warms up, waits for the others, and tells how many rounds it did in a second. */
import { parentPort, workerData } from 'node:worker_threads';

const ROUNDS = 200_000;
const WARM_UP_CALLS = 200;

const { binary, ready, count, seconds } = workerData;
const { exports } = new WebAssembly.Instance(new WebAssembly.Module(binary), {});
for (let call = 0; call < WARM_UP_CALLS; call++) exports.run(ROUNDS, 0.5);
Atomics.add(ready, 0, 1);
Atomics.notify(ready, 0);
while (Atomics.load(ready, 0) < count) Atomics.wait(ready, 0, Atomics.load(ready, 0), 100);

const startedMs = performance.now();
let calls = 0;
for (; performance.now() - startedMs < 1000 * seconds; calls++) exports.run(ROUNDS, 0.5);
parentPort.postMessage((1000 * calls * ROUNDS) / (performance.now() - startedMs));
