/**
 * Our kernels' module and the threads that run it, on the memory of TensorFlow.js's wasm backend.
 *
 * A kernel hands over a job (jobs.ts) and the number of its items; the calling thread works with the others and comes back when all items are done
 * (assembly/threads.ts has the protocol). Between jobs the others look for the next one for some microseconds, then sleep.
 * A trap in an item, on whichever thread, is the end of all of them: the job's caller is told, and every job after it is refused.
 * The module comes in two variants; the one with fused multiply-adds is taken where the runtime has relaxed SIMD (Node 20 only with
 * `--experimental-wasm-relaxed-simd`).
 */
import { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { AppError } from '../../../src/errors.ts';
import { type Arguments, JOBS, type Job } from './jobs.ts';

const THREAD_BODY = new URL('./thread-body.mjs', import.meta.url);
/** The control block; its offsets are those of assembly/threads.ts. */
const BLOCK_BYTES = 512;
const TICKETS = 0;
const KERNEL = 128;
const ARGUMENTS = 192;
const MOST_ITEMS = 65_535;

interface Exports {
  run(control: number, items: number): number;
}

/** What the threads need of the backend. */
export interface Heap {
  memory: WebAssembly.Memory;
  malloc(bytes: number): number;
}

export interface ThreadOptions {
  /** The calling one included. */
  count: number;
  /** Told once when a thread failed; the job that was running is reported to its caller as well. */
  onFatal(error: AppError): void;
}

interface Threads {
  count: number;
  run: Exports['run'];
  control: number;
  integers: Int32Array;
  floats: Float32Array;
  workers: Worker[];
  /** Why no further job is run. */
  failure: AppError | null;
  /** Until it was called. */
  onFatal: ThreadOptions['onFatal'] | null;
}

let active: Threads | null = null;

const bytesOf = (variant: 'simd' | 'relaxed-simd') =>
  readFileSync(new URL(`./kernels-${variant}.wasm`, import.meta.url));

/** Whether this process can run the variant with fused multiply-adds. */
export function hasRelaxedSimd(): boolean {
  return WebAssembly.validate(bytesOf('relaxed-simd'));
}

/** Starts the threads; those of an earlier call end. */
export async function startThreads({ memory, malloc }: Heap, { count, onFatal }: ThreadOptions): Promise<void> {
  await stopThreads();
  const module = await WebAssembly.compile(bytesOf(hasRelaxedSimd() ? 'relaxed-simd' : 'simd'));
  const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
  // Aligned to a cache line.
  const control = aligned(malloc(BLOCK_BYTES + 64));
  const integers = new Int32Array(memory.buffer, control, BLOCK_BYTES / 4);
  integers.fill(0);
  const floats = new Float32Array(memory.buffer, control, BLOCK_BYTES / 4);
  const { run } = exports as unknown as Exports;
  const started: Threads = { count, run, control, integers, floats, workers: [], failure: null, onFatal };
  for (let thread = 1; thread < count; thread++) {
    const worker = new Worker(THREAD_BODY, { workerData: { module, memory, control, thread }, execArgv: [] });
    // A job's caller, which blocks this event loop, was woken up by the thread itself.
    worker.once('error', cause => lose(started, cause));
    // It waits inside wasm: it must not keep a finished process alive.
    worker.unref();
    started.workers.push(worker);
  }
  active = started;
}

export async function stopThreads(): Promise<void> {
  const workers = active?.workers ?? [];
  active = null;
  await Promise.all(workers.map(worker => worker.terminate()));
}

/** How many threads share a job. */
export function threadCount(): number {
  return threads().count;
}

/**
 * Runs a job and returns when all its items are done.
 * @param items 1 to 65,535; each is done by one thread.
 * @throws AppError internal when a thread failed.
 */
export function runJob<J extends Job>(job: J, values: Arguments<J>, items: number): void {
  const shared = threads();
  const { run, control, integers, floats } = shared;
  if (!(items >= 1 && items <= MOST_ITEMS)) throw new Error(`A job of ${items} items: ${job}`);
  if (shared.failure) throw shared.failure;
  integers[KERNEL / 4] = NUMBERS[job];
  let at = ARGUMENTS / 4;
  for (const [name, type] of FIELDS[job])
    (type === 'f32' ? floats : integers)[at++] = values[name as keyof Arguments<J>];
  let isDone: number;
  try {
    isDone = run(control, items);
  } catch (cause) {
    throw lose(shared, cause);
  }
  // Another thread's own words come with its event and go to onFatal.
  if (!isDone) {
    shared.failure = failed(new Error(`It was computing ${job}.`));
    throw shared.failure;
  }
}

const NUMBERS = Object.fromEntries(Object.keys(JOBS).map((job, number) => [job, number])) as Record<Job, number>;
const FIELDS = Object.fromEntries(Object.entries(JOBS).map(([job, types]) => [job, Object.entries(types)])) as Record<
  Job,
  [name: string, type: string][]
>;

function threads(): Threads {
  if (active === null) throw new Error('The CPU backend was not opened: device/wasm.ts starts its threads.');
  return active;
}

/** Ends the threads, whose memory nobody can trust any more. @returns what is thrown from now on. */
function lose(shared: Threads, cause: unknown): AppError {
  shared.failure = failed(cause);
  // Nobody takes another item.
  Atomics.and(shared.integers, TICKETS / 4, ~MOST_ITEMS);
  for (const worker of shared.workers) void worker.terminate();
  shared.onFatal?.(shared.failure);
  shared.onFatal = null;
  return shared.failure;
}

const failed = (cause: unknown) =>
  new AppError('internal', 'A compute thread of the CPU backend failed.', {
    remedy: 'Report it with the log of the worker; BACKEND=webgpu does without these threads.',
    cause,
  });

/** Where a tensor's numbers lie. */
export function addressOf(backend: BackendWasm, { dataId }: { dataId: object }): number {
  return backend.dataIdMap.get(dataId).memoryOffset;
}

/** So many bytes, up to the end of a cache line. */
export const aligned = (bytes: number) => 64 * Math.ceil(bytes / 64);

/** Calls `work` with room for some numbers, which is given back afterwards. @throws AppError out_of_memory */
export function withRoom<T>({ wasm }: BackendWasm, bytes: number, work: (address: number) => T): T {
  const address = wasm._malloc(bytes + 64);
  try {
    return work(aligned(address));
  } finally {
    wasm._free(address);
  }
}
