/**
 * Bytes of HDF5's structures, which are little-endian, one behind the other.
 *
 * Integers of 64 bits are written as two of 32: sizes and addresses here stay below 2^53, and BigInt would cost more than the rest.
 */

/** HDF5's "undefined address": all bits set. */
export const UNDEFINED_ADDRESS = -1;

/** What messages of object headers, names and blocks are padded to. */
export const ALIGNMENT_BYTES = 8;

export class ByteWriter {
  #bytes = new Uint8Array(256);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  u8(...values: number[]): this {
    const at = this.#grow(values.length);
    this.#bytes.set(values, at);
    return this;
  }

  u16(value: number): this {
    const at = this.#grow(2);
    this.#view.setUint16(at, value, true);
    return this;
  }

  u32(value: number): this {
    const at = this.#grow(4);
    this.#view.setUint32(at, value, true);
    return this;
  }

  /** @param value below 2^53, or UNDEFINED_ADDRESS. */
  u64(value: number): this {
    const at = this.#grow(8);
    setUint64(this.#view, at, value);
    return this;
  }

  raw(bytes: Uint8Array): this {
    const at = this.#grow(bytes.length);
    this.#bytes.set(bytes, at);
    return this;
  }

  ascii(text: string): this {
    return this.raw(new TextEncoder().encode(text));
  }

  /** With zeros up to a multiple of 8, counted from the first byte. */
  pad(): this {
    return this.zeros(aligned(this.#length) - this.#length);
  }

  zeros(count: number): this {
    this.#grow(count);
    return this;
  }

  done(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  /** @returns where the new bytes begin; they are zeros. */
  #grow(count: number): number {
    const at = this.#length;
    this.#length += count;
    if (this.#length > this.#bytes.length) {
      const bytes = new Uint8Array(Math.max(this.#length, 2 * this.#bytes.length));
      bytes.set(this.#bytes.subarray(0, at));
      this.#bytes = bytes;
      this.#view = new DataView(bytes.buffer);
    }
    return at;
  }
}

/** @param value below 2^53, or UNDEFINED_ADDRESS. */
export function setUint64(view: DataView, at: number, value: number): void {
  const undefinedAddress = value === UNDEFINED_ADDRESS;
  view.setUint32(at, undefinedAddress ? 0xffff_ffff : value % 2 ** 32, true);
  view.setUint32(at + 4, undefinedAddress ? 0xffff_ffff : Math.floor(value / 2 ** 32), true);
}

/** The next multiple of 8. */
export function aligned(length: number): number {
  return Math.ceil(length / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
}
