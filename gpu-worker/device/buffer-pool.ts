/**
 * The device memory of TensorFlow.js's WebGPU backend: takes the place of its BufferManager, same methods and counters.
 *
 * As there, a buffer that is given back serves the next request of exactly its size and usage, the last one first, and none is destroyed on
 * the way. New are: a ceiling, which is told synchronously, so that a batch is halved before the GPU fails (step.ts); trim(), which gives what
 * is free back to the GPU; the most that was ever held; and giving a buffer back in constant time, where the backend's own looks for it in a
 * list. Leaves out: splitting buffers, and textures.
 */
import { AppError } from '../../src/errors.ts';

/** All buffers of one size and usage. */
interface Bin {
  size: number;
  usage: GPUBufferUsageFlags;
  free: GPUBuffer[];
}

/** More than any combination of GPUBufferUsage bits. */
const USAGES = 2 ** 10;

export class BufferPool {
  /** Most bytes that may be allocated at once. */
  readonly ceiling: number;
  /** In buffers that somebody holds. */
  numBytesUsed = 0;
  /** In those and in free ones. */
  numBytesAllocated = 0;
  /** The most that numBytesAllocated was. */
  peakBytesAllocated = 0;
  #numFreeBuffers = 0;
  readonly #device: GPUDevice;
  readonly #bins = new Map<number, Bin>();
  readonly #used = new Map<GPUBuffer, Bin>();

  /** @param ceiling in bytes; default: as many as the GPU has. */
  constructor(device: GPUDevice, { ceiling = Number.POSITIVE_INFINITY }: { ceiling?: number } = {}) {
    this.#device = device;
    this.ceiling = ceiling;
  }

  /**
   * @param size bytes.
   * @param reuse false: a buffer fresh from the device, which is mapped if `mappedAtCreation` says so; another one never is.
   * @throws AppError out_of_memory beyond the ceiling, or beyond what the device allows for one buffer.
   */
  acquireBuffer(size: number, usage: GPUBufferUsageFlags, mappedAtCreation = false, reuse = true): GPUBuffer {
    const bin = this.#binOf(size, usage);
    let buffer = reuse ? bin.free.pop() : undefined;
    if (buffer) this.#numFreeBuffers -= 1;
    else buffer = this.#create(bin, mappedAtCreation);
    this.#used.set(buffer, bin);
    this.numBytesUsed += size;
    return buffer;
  }

  /** @param reuse false: destroys it. */
  releaseBuffer(buffer: GPUBuffer, reuse = true): void {
    const bin = this.#used.get(buffer);
    if (!bin) throw new Error('The buffer is not one that this pool has lent.');
    this.#used.delete(buffer);
    this.numBytesUsed -= bin.size;
    if (reuse) {
      bin.free.push(buffer);
      this.#numFreeBuffers += 1;
    } else {
      this.#destroy(buffer, bin);
    }
  }

  /** Gives every free buffer back to the GPU. Commands that were submitted still find theirs. */
  trim(): void {
    for (const bin of this.#bins.values()) {
      for (const buffer of bin.free.splice(0)) this.#destroy(buffer, bin);
    }
    this.#numFreeBuffers = 0;
  }

  getNumUsedBuffers(): number {
    return this.#used.size;
  }

  getNumFreeBuffers(): number {
    return this.#numFreeBuffers;
  }

  /** Destroys every buffer, lent ones too. */
  dispose(): void {
    for (const buffer of [...this.#used.keys()]) this.releaseBuffer(buffer, false);
    this.trim();
  }

  #binOf(size: number, usage: GPUBufferUsageFlags): Bin {
    const key = size * USAGES + usage;
    let bin = this.#bins.get(key);
    if (!bin) this.#bins.set(key, (bin = { size, usage, free: [] }));
    return bin;
  }

  #create({ size, usage }: Bin, mappedAtCreation: boolean): GPUBuffer {
    const { maxBufferSize, maxStorageBufferBindingSize } = this.#device.limits;
    const most = usage & GPUBufferUsage.STORAGE ? Math.min(maxBufferSize, maxStorageBufferBindingSize) : maxBufferSize;
    if (size > most) throw noRoom(`one tensor of ${inMiB(size)}: it allows ${inMiB(most)}`);
    if (this.numBytesAllocated + size > this.ceiling) this.trim();
    const allocated = this.numBytesAllocated + size;
    if (allocated > this.ceiling) throw noRoom(`${inMiB(allocated)}: GPU_MEMORY_MB allows ${inMiB(this.ceiling)}`);
    const buffer = this.#device.createBuffer({ size, usage, mappedAtCreation });
    this.numBytesAllocated = allocated;
    this.peakBytesAllocated = Math.max(this.peakBytesAllocated, allocated);
    return buffer;
  }

  #destroy(buffer: GPUBuffer, { size }: Bin): void {
    buffer.destroy();
    this.numBytesAllocated -= size;
  }
}

/** The error of a GPU that cannot hold `what`. */
export function noRoom(what: string): AppError {
  return new AppError('out_of_memory', `The GPU has no room for ${what}.`, {
    remedy: 'Use a smaller batch_size, fewer filters or a smaller input_scaling.',
  });
}

function inMiB(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
