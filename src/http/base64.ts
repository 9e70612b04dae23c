/**
 * Decodes base64 text that arrives in pieces, into bytes.
 *
 * Liberal in what clients send (RFC 4648 §3.3 lets a decoder be): standard and URL-safe alphabets, padding or none, white space anywhere,
 * a `data:…;base64,` prefix (RFC 2397). Anything else is refused rather than skipped, so that a broken file is not stored as a good one.
 * Why not atob or Buffer: neither takes pieces, both lists of liberties or the byte arrays that stream through here.
 */
import { AppError } from '../errors.ts';

const INVALID = 255;
const PADDING = 254;
const SPACE = 253;
const VALUES = new Uint8Array(256).fill(INVALID);
for (const [i, c] of [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'].entries())
  VALUES[c.charCodeAt(0)] = i;
VALUES['-'.charCodeAt(0)] = 62;
VALUES['_'.charCodeAt(0)] = 63;
VALUES['='.charCodeAt(0)] = PADDING;
for (const c of ' \t\r\n') VALUES[c.charCodeAt(0)] = SPACE;

const DATA = [...'data:'].map(c => c.charCodeAt(0));
const COMMA = 0x2c;
/** Longest prefix that is looked through for its comma. */
const MAX_PREFIX = 1000;

export class Base64Decoder {
  /** 'start' until it is known whether a data: prefix comes, 'prefix' while one is skipped. */
  #mode: 'start' | 'prefix' | 'text' = 'start';
  /** Characters of the start that may be a prefix. */
  #held: number[] = [];
  #skipped = 0;
  /** Up to three values of an unfinished group of four. */
  #bits = 0;
  #count = 0;
  #padding = 0;
  /** Reused: a new array a piece would leave garbage faster than it is collected. */
  #out = new Uint8Array(0);

  /** Decodes `text[from, to)`, ASCII bytes. The result is valid until the next call. @throws AppError not_base64. */
  write(text: Uint8Array, from = 0, to = text.length): Uint8Array {
    if (this.#mode === 'text') return this.#decode(text, from, to);
    const at = this.#readStart(text, from, to);
    if (at === null) return new Uint8Array(0);
    // What looked like a prefix and was none goes first.
    const joined = new Uint8Array(this.#held.length + to - at);
    joined.set(this.#held);
    joined.set(text.subarray(at, to), this.#held.length);
    return this.#decode(joined, 0, joined.length);
  }

  /** The bytes of an unpadded last group. @throws AppError not_base64 when the text ended in the middle of a byte. */
  end(): Uint8Array {
    if (this.#mode === 'prefix') throw notBase64('it is a data: URL without a comma');
    const rest =
      this.#mode === 'start' ? this.#decode(Uint8Array.from(this.#held), 0, this.#held.length) : new Uint8Array(0);
    if (this.#count === 1) throw notBase64('its length is impossible: it was cut off');
    if (this.#padding > 0 && (this.#count + this.#padding) % 4 !== 0)
      throw notBase64('its padding does not fit its length');
    const tail = new Uint8Array(rest.length + Math.max(0, this.#count - 1));
    tail.set(rest);
    if (this.#count === 2) tail[rest.length] = this.#bits >> 4;
    if (this.#count === 3) {
      tail[rest.length] = this.#bits >> 10;
      tail[rest.length + 1] = (this.#bits >> 2) & 255;
    }
    return tail;
  }

  /** Looks for a data: prefix. @returns where the base64 goes on, or null while that is undecided. */
  #readStart(text: Uint8Array, from: number, to: number): number | null {
    let at = from;
    for (; at < to && this.#mode === 'start'; at++) {
      const c = text[at]!;
      if (this.#held.length === 0 && VALUES[c] === SPACE) continue;
      this.#held.push(c);
      if (c !== DATA[this.#held.length - 1]) {
        this.#mode = 'text';
        return at + 1;
      }
      if (this.#held.length === DATA.length) {
        this.#held = [];
        this.#mode = 'prefix';
      }
    }
    for (; at < to; at++) {
      if (text[at] === COMMA) {
        this.#mode = 'text';
        return at + 1;
      }
      if (++this.#skipped > MAX_PREFIX) throw notBase64('it is a data: URL without a comma');
    }
    return null;
  }

  #room(bytes: number): Uint8Array {
    if (this.#out.length < bytes) this.#out = new Uint8Array(bytes);
    return this.#out;
  }

  #decode(text: Uint8Array, from: number, to: number): Uint8Array {
    const out = this.#room((((to - from + this.#count) * 3) >> 2) + 3);
    let n = 0;
    let at = from;
    while (at < to) {
      // Whole groups of plain characters: nearly all of the text.
      if (this.#count === 0 && this.#padding === 0) {
        for (; at + 4 <= to; at += 4) {
          const a = VALUES[text[at]!]!;
          const b = VALUES[text[at + 1]!]!;
          const c = VALUES[text[at + 2]!]!;
          const d = VALUES[text[at + 3]!]!;
          if ((a | b | c | d) > 63) break;
          const group = (a << 18) | (b << 12) | (c << 6) | d;
          out[n] = group >> 16;
          out[n + 1] = group >> 8;
          out[n + 2] = group;
          n += 3;
        }
        if (at >= to) break;
      }
      const value = VALUES[text[at]!]!;
      if (value === SPACE) {
        at++;
        continue;
      }
      if (value === INVALID)
        throw notBase64(`it contains the character ${JSON.stringify(String.fromCharCode(text[at]!))}`);
      at++;
      if (value === PADDING) {
        if (++this.#padding > 2) throw notBase64('it has too much padding');
        continue;
      }
      if (this.#padding > 0) throw notBase64('text follows its padding');
      this.#bits = (this.#bits << 6) | value;
      if (++this.#count === 4) {
        out[n] = this.#bits >> 16;
        out[n + 1] = this.#bits >> 8;
        out[n + 2] = this.#bits;
        n += 3;
        this.#count = 0;
        this.#bits = 0;
      }
    }
    return out.subarray(0, n);
  }
}

function notBase64(why: string): AppError {
  return new AppError('not_base64', `The file's text is not base64: ${why}.`, {
    remedy: 'Encode the whole file as base64 (RFC 4648), or send it as multipart/form-data.',
  });
}
