/**
 * Work of fixed shapes recorded once and replayed: the pipelines and bind groups that TensorFlow.js prepares for a step anew each time, at
 * 32 to 50 us of JavaScript an operation, are kept, and a replay only hands them to the GPU.
 *
 * Recording executes nothing: the first execution is a replay. The work may be any TensorFlow.js function (capture.ts says what it must
 * keep to); the tensors it reads lie where they lay, so whoever wants other numbers in them writes into their buffers (DeviceInput).
 * Variables that the work assigns would move to another buffer each time: a recording copies the new value back into the old buffer, as its last
 * commands. One that somebody else assigned meanwhile (weights restored) is brought back the same way before the next replay.
 * Leaves out: chance within the work (it would be the same each time), and a static plan of the memory better than the work's own order.
 */
import * as tf from '@tensorflow/tfjs-core';
import { Arena } from './arena.ts';
import type { BufferPool } from './buffer-pool.ts';
import { type Captured, type Command, capture, type Dispatch, flush } from './capture.ts';
import { type DispatchTime, timeDispatches } from './dispatch-times.ts';
import { type TensorData, type WebGpuInternals, webGpuBackend } from './tfjs-webgpu.ts';

/** A variable and its place for as long as the recording lives. */
interface Home {
  variable: tf.Variable;
  /** Holds on to the place, whatever becomes of the variable. */
  place: tf.Tensor;
}

export class Recording<T extends tf.Tensor[] = tf.Tensor[]> {
  /** Overwritten by each replay; the recording's to dispose. */
  readonly outputs: T;
  readonly #backend = webGpuBackend();
  readonly #arena: Arena;
  readonly #commands: Command[];
  readonly #homes: Home[];
  /** Whose numbers on the host a replay makes stale. */
  readonly #written: TensorData[];

  /**
   * @param work returns what shall be kept of it. Called once.
   * @throws AppError out_of_memory, and what `work` throws; nothing is left then.
   */
  constructor(work: () => T) {
    this.#arena = new Arena(this.#backend.bufferManager);
    this.#homes = findHomes(this.#backend);
    try {
      const { result, commands } = captureAtHome(work, this.#arena, this.#homes);
      this.outputs = result;
      this.#commands = commands;
    } catch (error) {
      this.#release();
      throw error;
    }
    const written = [...this.outputs, ...this.#homes.map(({ place }) => place)];
    this.#written = written.map(({ dataId }) => this.#backend.tensorMap.get(dataId));
  }

  /** Executes the work on what its inputs and variables hold now. */
  replay(): void {
    const { device, queue } = this.#backend;
    this.#prepare();
    const encoder = device.createCommandEncoder();
    encode(encoder, this.#commands);
    queue.submit([encoder.finish()]);
    for (const data of this.#written) data.values = null;
  }

  /** A replay that takes the time of every dispatch; null where the device has no timestamps. */
  async profile(): Promise<DispatchTime[] | null> {
    this.#prepare();
    const times = await timeDispatches(this.#backend.device, this.#commands);
    for (const data of this.#written) data.values = null;
    return times;
  }

  get dispatches(): number {
    return this.#commands.filter(({ kind }) => kind === 'dispatch').length;
  }

  /** Device memory that its commands use, without inputs, variables and outputs; most of it is shared with other recordings. */
  get bytes(): number {
    return this.#arena.bytes;
  }

  /** Gives its memory back to the pool. */
  dispose(): void {
    tf.dispose(this.outputs);
    this.#release();
  }

  /** Everything encoded before comes before, and every variable is at home. */
  #prepare(): void {
    for (const home of this.#homes) bringHome(this.#backend, home);
    flush(this.#backend);
  }

  #release(): void {
    tf.dispose(this.#homes.map(({ place }) => place));
    this.#arena.dispose();
  }
}

/**
 * Compiles in parallel what `work` needs; executes nothing.
 * @param report told how many of the pipelines are done.
 */
export async function compileAhead(
  work: () => tf.Tensor[],
  report: (done: number, total: number) => void = () => {},
): Promise<void> {
  const backend = webGpuBackend();
  const arena = new Arena(backend.bufferManager);
  const homes = findHomes(backend);
  try {
    tf.dispose(captureAtHome(work, arena, homes, { compileOnly: true }).result);
  } finally {
    tf.dispose(homes.map(({ place }) => place));
    arena.dispose();
  }
  const compiling = Object.entries(backend.pipelineCache).filter(([, pipeline]) => pipeline instanceof Promise);
  let done = 0;
  if (compiling.length > 0) report(done, compiling.length);
  await Promise.all(
    compiling.map(async ([key, pipeline]) => {
      backend.pipelineCache[key] = await pipeline;
      report(++done, compiling.length);
    }),
  );
}

/** A tensor that recorded work reads and the host writes. */
export class DeviceInput<R extends tf.Rank = tf.Rank> {
  readonly tensor: tf.Tensor<R>;
  readonly #backend = webGpuBackend();
  /** Dawn ends the process when it is handed memory that threads share, as examples lie in; and it writes whole words. */
  readonly #host: Uint8Array<ArrayBuffer>;

  constructor(shape: tf.ShapeMap[R], dtype: 'float32' | 'int32') {
    this.tensor = tf.engine().makeTensorFromTensorInfo(this.#backend.makeTensorInfo(shape, dtype)) as tf.Tensor<R>;
    this.#backend.uploadToGPU(this.tensor.dataId);
    this.#host = new Uint8Array(this.#buffer.size);
  }

  /** @param numbers in the tensor's own bytes, from its beginning on. Replays that were begun before still read what was there. */
  write({ buffer, byteOffset, byteLength }: ArrayBufferView): void {
    const { queue } = this.#backend;
    if (buffer instanceof ArrayBuffer && byteLength % 4 === 0) {
      queue.writeBuffer(this.#buffer, 0, buffer, byteOffset, byteLength);
    } else {
      this.#host.set(new Uint8Array(buffer, byteOffset, byteLength));
      queue.writeBuffer(this.#buffer, 0, this.#host);
    }
    this.#backend.tensorMap.get(this.tensor.dataId).values = null;
  }

  dispose(): void {
    this.tensor.dispose();
  }

  get #buffer(): GPUBuffer {
    return this.#backend.tensorMap.get(this.tensor.dataId).resource!;
  }
}

/** Every variable there is, each in a buffer of its own. */
function findHomes(backend: WebGpuInternals): Home[] {
  const taken = new Set<tf.DataId>();
  return Object.values(tf.engine().registeredVariables).map(variable => {
    // Two that were made from one tensor share its buffer until one of them is assigned.
    if (taken.has(variable.dataId)) tf.tidy(() => variable.assign(tf.mul(variable, 1)));
    taken.add(variable.dataId);
    backend.uploadToGPU(variable.dataId);
    return { variable, place: variable.clone() };
  });
}

/** Captures `work`; its last commands bring home what it assigned. The variables are at home again, whatever happens. */
function captureAtHome<T extends tf.Tensor[]>(
  work: () => T,
  arena: Arena,
  homes: readonly Home[],
  options: { compileOnly?: boolean } = {},
): Captured<T> {
  const backend = webGpuBackend();
  const { bufferManager: pool } = backend;
  return capture(
    () => {
      try {
        const outputs = work();
        for (const output of outputs) moveOut(backend, output, arena, pool);
        for (const home of homes) bringHome(backend, home);
        return outputs;
      } finally {
        for (const { variable, place } of homes) if (variable.dataId !== place.dataId) variable.assign(place);
      }
    },
    arena,
    options,
  );
}

/** Gives the output a buffer of the pool's, which no other recording works in, and its numbers into it. */
function moveOut(backend: WebGpuInternals, { dataId }: tf.Tensor, arena: Arena, pool: BufferPool): void {
  backend.uploadToGPU(dataId);
  const data = backend.tensorMap.get(dataId);
  const from = data.resource!;
  if (!arena.holds(from)) return;
  data.resource = pool.acquireBuffer(from.size, from.usage);
  encodeCopy(backend, from, data.resource);
  arena.releaseBuffer(from);
}

/** Puts the variable back in its place if it was assigned, and its value there too, by a command of the backend's. */
function bringHome(backend: WebGpuInternals, { variable, place }: Home): void {
  if (variable.isDisposed || variable.dataId === place.dataId) return;
  backend.uploadToGPU(variable.dataId);
  const from = backend.tensorMap.get(variable.dataId).resource!;
  const to = backend.tensorMap.get(place.dataId).resource!;
  encodeCopy(backend, from, to);
  variable.assign(place);
}

function encodeCopy(backend: WebGpuInternals, from: GPUBuffer, to: GPUBuffer): void {
  backend.ensureCommandEncoderReady();
  backend.endComputePassEncoder();
  backend.commandEncoder!.copyBufferToBuffer(from, 0, to, 0, to.size);
}

function encode(encoder: GPUCommandEncoder, commands: readonly Command[]): void {
  let pass: GPUComputePassEncoder | null = null;
  let current: Dispatch['pipeline'] | null = null;
  for (const command of commands) {
    if (command.kind === 'copy') {
      pass?.end();
      pass = current = null;
      encoder.copyBufferToBuffer(command.from, 0, command.to, 0, command.bytes);
      continue;
    }
    pass ??= encoder.beginComputePass();
    if (command.pipeline !== current) pass.setPipeline((current = command.pipeline));
    pass.setBindGroup(0, command.bindGroup);
    pass.dispatchWorkgroups(...command.workgroups);
  }
  pass?.end();
}
