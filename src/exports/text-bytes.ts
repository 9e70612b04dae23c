/**
 * Text as bytes, written number by number: a long video has fifty million numbers, and a string for each is most of the time that its file takes.
 * The numbers are those of `rounded()`, digit for digit; test/unit/export-text-bytes.test.ts holds the two against each other.
 */
import { DECIMALS, rounded } from './chunk.ts';

/** Whoever writes gives the bytes away at this size. */
const PIECE_BYTES = 128 * 1024;
/** More than any number takes. */
const NUMBER_BYTES = 32;
/** Below it, ten-thousandths are a 32-bit integer. */
const FAST_BELOW = 2 ** 31;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;

const encoder = new TextEncoder();

/** Text that is written again and again is made bytes once. */
export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

export class TextBytes {
  #bytes = new Uint8Array(PIECE_BYTES + PIECE_BYTES / 4);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** There is enough for a piece. */
  get isFull(): boolean {
    return this.#length >= PIECE_BYTES;
  }

  /** What was written; it is the caller's, and writing begins anew. */
  take(): Uint8Array {
    const taken = this.#bytes.subarray(0, this.#length);
    this.#bytes = new Uint8Array(PIECE_BYTES + PIECE_BYTES / 4);
    this.#length = 0;
    return taken;
  }

  bytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    const target = this.#bytes;
    let at = this.#length;
    // Mostly a few bytes, for which set() costs more.
    for (let i = 0; i < bytes.length; i++) target[at++] = bytes[i]!;
    this.#length = at;
  }

  text(text: string): void {
    this.bytes(utf8(text));
  }

  /** One character of ASCII. */
  char(code: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = code;
  }

  /** A whole number from 0 to 2^31 - 1. */
  integer(value: number): void {
    this.#reserve(NUMBER_BYTES);
    this.#whole(value | 0);
  }

  /** Rounded to 1e-4 and as short as that can be written; nothing for what is no number. */
  number(value: number): void {
    const scaled = Math.round(value * DECIMALS);
    if (!(Math.abs(scaled) < FAST_BELOW)) {
      if (Number.isFinite(value)) this.text(rounded(value));
      return;
    }
    this.#reserve(NUMBER_BYTES);
    let tenThousandths = scaled | 0;
    if (tenThousandths < 0) {
      this.#bytes[this.#length++] = MINUS;
      tenThousandths = -tenThousandths;
    }
    const whole = (tenThousandths / DECIMALS) | 0;
    this.#whole(whole);
    this.#fraction(tenThousandths - whole * DECIMALS);
  }

  #whole(value: number): void {
    let end = this.#length + 1;
    for (let rest = value; rest >= 10; rest = (rest / 10) | 0) end++;
    this.#length = end;
    let left = value;
    do {
      const tenth = (left / 10) | 0;
      this.#bytes[--end] = ZERO + left - tenth * 10;
      left = tenth;
    } while (left > 0);
  }

  /** @param fraction in ten-thousandths. */
  #fraction(fraction: number): void {
    if (fraction === 0) return;
    this.#bytes[this.#length++] = POINT;
    for (let left = fraction, unit = 1000; left > 0; unit = (unit / 10) | 0) {
      const digit = (left / unit) | 0;
      this.#bytes[this.#length++] = ZERO + digit;
      left -= digit * unit;
    }
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(2 * this.#bytes.length, this.#length + bytes));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}
