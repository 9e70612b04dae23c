/**
 * The buffers of one recording (recording.ts): stands in for the pool while the work is captured, and keeps what its commands are bound to.
 *
 * Within the work a buffer that is given back serves the next request of its size, so the order in which the work makes and drops its tensors
 * is the plan of what may lie in the same memory. These buffers, the scratch, carry nothing from one replay to the next, and replays come one
 * after another: all recordings share them, so that a validation takes no memory beside the training. They go back to the pool with the last
 * recording. A recording's own are the buffers that the host fills, uniforms and constants: they are written once, while capturing, and every
 * replay has to find them as they were.
 */
import type { BufferPool } from './buffer-pool.ts';

export class Arena {
  readonly #pool: BufferPool;
  readonly #scratch: Scratch;
  readonly #own = new Set<GPUBuffer>();
  /** Scratch that commands of this recording use. */
  readonly #used = new Set<GPUBuffer>();

  constructor(pool: BufferPool) {
    this.#pool = pool;
    this.#scratch = Scratch.of(pool);
    this.#scratch.users += 1;
  }

  acquireBuffer(size: number, usage: GPUBufferUsageFlags, mappedAtCreation = false): GPUBuffer {
    if (usage & GPUBufferUsage.MAP_READ) throw new Error('Recorded work cannot read numbers back.');
    const isFilledByHost = mappedAtCreation || (usage & GPUBufferUsage.UNIFORM) !== 0;
    if (!isFilledByHost) {
      const buffer = this.#scratch.acquire(size, usage);
      this.#used.add(buffer);
      return buffer;
    }
    const buffer = this.#pool.acquireBuffer(size, usage, mappedAtCreation, !mappedAtCreation);
    this.#own.add(buffer);
    return buffer;
  }

  /** Its own it keeps; those of older tensors go back to the pool. */
  releaseBuffer(buffer: GPUBuffer, reuse = true): void {
    if (this.#used.has(buffer)) this.#scratch.release(buffer);
    else if (!this.#own.has(buffer)) this.#pool.releaseBuffer(buffer, reuse);
  }

  holds(buffer: GPUBuffer): boolean {
    return this.#used.has(buffer) || this.#own.has(buffer);
  }

  /** Of its own buffers, and of the scratch that it shares with others. */
  get bytes(): number {
    return [...this.#own, ...this.#used].reduce((sum, { size }) => sum + size, 0);
  }

  /** Tensors in its buffers must be gone. */
  dispose(): void {
    for (const buffer of this.#own) this.#pool.releaseBuffer(buffer);
    this.#own.clear();
    this.#scratch.users -= 1;
    if (this.#scratch.users === 0) this.#scratch.clear();
  }
}

/** What all recordings of a pool work in. */
class Scratch {
  static readonly #byPool = new WeakMap<BufferPool, Scratch>();

  static of(pool: BufferPool): Scratch {
    let scratch = Scratch.#byPool.get(pool);
    if (!scratch) Scratch.#byPool.set(pool, (scratch = new Scratch(pool)));
    return scratch;
  }

  /** Recordings that live. */
  users = 0;
  readonly #pool: BufferPool;
  /** Those that no tensor holds, by size and usage. */
  readonly #free = new Map<string, GPUBuffer[]>();
  readonly #all = new Set<GPUBuffer>();

  constructor(pool: BufferPool) {
    this.#pool = pool;
  }

  acquire(size: number, usage: GPUBufferUsageFlags): GPUBuffer {
    const free = this.#free.get(`${size} ${usage}`)?.pop();
    if (free) return free;
    const buffer = this.#pool.acquireBuffer(size, usage);
    this.#all.add(buffer);
    return buffer;
  }

  release(buffer: GPUBuffer): void {
    const key = `${buffer.size} ${buffer.usage}`;
    const free = this.#free.get(key);
    if (free) free.push(buffer);
    else this.#free.set(key, [buffer]);
  }

  clear(): void {
    for (const buffer of this.#all) this.#pool.releaseBuffer(buffer);
    this.#all.clear();
    this.#free.clear();
  }
}
