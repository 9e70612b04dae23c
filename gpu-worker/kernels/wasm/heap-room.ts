/**
 * Bytes that the host writes in the CPU backend's heap, where kernels read them in place: frames of 3 MB each are not copied once more.
 * Memory of a tensor would do as well, but tensors have no bytes.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';

export class HeapRoom {
  /** The room; the heap may grow meanwhile, which moves nothing. */
  readonly bytes: Uint8Array;
  readonly #wasm: BackendWasm['wasm'];
  #address: number;

  /** @throws AppError out_of_memory */
  constructor({ wasm }: BackendWasm, length: number) {
    this.#wasm = wasm;
    this.#address = wasm._malloc(length);
    this.bytes = new Uint8Array(wasm.HEAPU8.buffer, this.#address, length);
  }

  dispose(): void {
    if (this.#address !== 0) this.#wasm._free(this.#address);
    this.#address = 0;
  }
}
