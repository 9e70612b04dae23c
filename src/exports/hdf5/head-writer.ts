/** The beginning of an HDF5 file while it is put together: structures are placed one behind another, and others refer to their addresses. */
import { aligned, ByteWriter } from './bytes.ts';

export class HeadWriter {
  readonly #placed: Uint8Array[] = [];
  #end: number;

  /** @param reservedBytes at the beginning, for what can only be written at the end. */
  constructor(reservedBytes: number) {
    this.#end = aligned(reservedBytes);
  }

  /** @returns the address, a multiple of 8. */
  put(structure: Uint8Array): number {
    const address = this.#end;
    this.#placed.push(structure);
    this.#end += aligned(structure.length);
    return address;
  }

  /** The number of bytes so far. */
  get sizeBytes(): number {
    return this.#end;
  }

  /** @param reserved what belongs at the beginning. */
  done(reserved: Uint8Array): Uint8Array {
    const writer = new ByteWriter().raw(reserved).pad();
    for (const structure of this.#placed) writer.raw(structure).pad();
    return writer.done();
  }
}
