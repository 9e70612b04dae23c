/**
 * The buffers of one recording (recording.ts): stands in for the pool while the work is captured, and keeps what its commands are bound to.
 *
 * Within the work a buffer that is given back serves the next request of its size, so the order in which the work makes and drops its tensors
 * is the plan of what may lie in the same memory. Never given to another are buffers that the host fills, uniforms and constants: they are
 * written once, while capturing, and every replay has to find them as they were.
 */
import type { BufferPool } from './buffer-pool.ts';

export class Arena {
  /** Of all its buffers. */
  bytes = 0;
  readonly #pool: BufferPool;
  readonly #free = new Map<string, GPUBuffer[]>();
  /** By buffer: where it goes when it is given back; null: nowhere. */
  readonly #lent = new Map<GPUBuffer, GPUBuffer[] | null>();

  constructor(pool: BufferPool) {
    this.#pool = pool;
  }

  acquireBuffer(size: number, usage: GPUBufferUsageFlags, mappedAtCreation = false): GPUBuffer {
    if (usage & GPUBufferUsage.MAP_READ) throw new Error('Recorded work cannot read numbers back.');
    const filledByHost = mappedAtCreation || (usage & GPUBufferUsage.UNIFORM) !== 0;
    if (filledByHost)
      return this.#lend(this.#pool.acquireBuffer(size, usage, mappedAtCreation, !mappedAtCreation), null);
    const key = `${size} ${usage}`;
    let free = this.#free.get(key);
    if (!free) this.#free.set(key, (free = []));
    return free.pop() ?? this.#lend(this.#pool.acquireBuffer(size, usage), free);
  }

  /** The arena's own it keeps; those of older tensors go back to the pool. */
  releaseBuffer(buffer: GPUBuffer, reuse = true): void {
    const home = this.#lent.get(buffer);
    if (home === undefined) this.#pool.releaseBuffer(buffer, reuse);
    else home?.push(buffer);
  }

  holds(buffer: GPUBuffer): boolean {
    return this.#lent.has(buffer);
  }

  /** Gives every buffer back to the pool. Tensors in them must be gone. */
  dispose(): void {
    for (const buffer of this.#lent.keys()) this.#pool.releaseBuffer(buffer);
    this.#lent.clear();
    this.#free.clear();
    this.bytes = 0;
  }

  #lend(buffer: GPUBuffer, home: GPUBuffer[] | null): GPUBuffer {
    this.#lent.set(buffer, home);
    this.bytes += buffer.size;
    return buffer;
  }
}
