/**
 * Reads a JSON body in which one member of the top-level object is a whole file in base64.
 *
 * Such a body can be larger than any JavaScript string (V8 ends at 512 MB), so it is never held: a scanner walks over its bytes, sends
 * the decoded value of that one member to a sink, and keeps everything else, with "" in its place, for JSON.parse. The scanner knows
 * just enough of JSON (RFC 8259) to tell strings from structure; whether the rest is JSON is JSON.parse's business.
 */
import { AppError } from '../errors.ts';
import { Base64Decoder } from './base64.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = new Set([0x7b, 0x5b]);
const CLOSE = new Set([0x7d, 0x5d]);
const COLON = 0x3a;
const COMMA = 0x2c;
const ESCAPES: Record<string, number> = { n: 10, r: 13, t: 9, '/': 0x2f, '"': QUOTE, '\\': BACKSLASH, b: 8, f: 12 };

export interface FileSink {
  write(bytes: Uint8Array): Promise<void>;
}

/**
 * @param member name of the member whose string value is the file.
 * @param sink gets the file's bytes; its back-pressure is the body's.
 * @returns the object, the member replaced by "" if it was a string. @throws AppError not_json, not_base64, payload_too_large.
 */
export async function readBase64Json(
  body: AsyncIterable<Uint8Array>,
  { member, sink, maxJsonBytes }: { member: string; sink: FileSink; maxJsonBytes: number },
): Promise<unknown> {
  const scanner = new Scanner(member, sink, maxJsonBytes);
  for await (const piece of body) await scanner.push(piece);
  return scanner.end();
}

class Scanner {
  readonly #member: string;
  readonly #sink: FileSink;
  readonly #maxJsonBytes: number;
  #rest: Uint8Array[] = [];
  #restBytes = 0;
  #depth = 0;
  #inString = false;
  #escaped = false;
  /** Bytes of the string being read at depth 1, which may turn out to be the member's name; null elsewhere. */
  #name: number[] | null = null;
  /** The string last read at depth 1, and whether a colon followed it. */
  #lastName = '';
  #afterColon = false;
  #file: Base64Decoder | null = null;
  #fileSeen = false;
  /** An escape sequence inside the file's text, while it is incomplete. */
  #fileEscape = '';

  constructor(member: string, sink: FileSink, maxJsonBytes: number) {
    this.#member = member;
    this.#sink = sink;
    this.#maxJsonBytes = maxJsonBytes;
  }

  async push(piece: Uint8Array): Promise<void> {
    for (let at = 0; at < piece.length; ) {
      at = this.#file ? await this.#readFile(piece, at) : this.#readJson(piece, at);
    }
  }

  end(): unknown {
    const text = new TextDecoder().decode(join(this.#rest, this.#restBytes));
    try {
      return JSON.parse(text);
    } catch (cause) {
      const why = this.#file
        ? 'it ends inside the file'
        : text.trim() === ''
          ? 'it is empty'
          : (cause as Error).message;
      throw new AppError('not_json', `The body is not JSON: ${why}.`, {
        remedy: 'Send a JSON object with Content-Type application/json, or multipart/form-data.',
        cause,
      });
    }
  }

  /** Walks over plain JSON up to the piece's end, or to the first character of the file. */
  #readJson(piece: Uint8Array, from: number): number {
    for (let at = from; at < piece.length; at++) {
      const c = piece[at]!;
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (c === BACKSLASH) this.#escaped = true;
        else if (c === QUOTE) {
          this.#inString = false;
          if (this.#name) this.#lastName = new TextDecoder().decode(Uint8Array.from(this.#name));
          this.#name = null;
          continue;
        }
        if (this.#name && this.#name.length <= this.#member.length) this.#name.push(c);
      } else if (c === QUOTE) {
        if (this.#depth === 1 && this.#afterColon && this.#lastName === this.#member) {
          if (this.#fileSeen) throw new AppError('invalid_request', `"${this.#member}" stands twice in the body.`);
          this.#keep(piece, from, at + 1);
          this.#fileSeen = true;
          this.#afterColon = false;
          this.#inString = true; // for the closing quote, which plain JSON meets again
          this.#file = new Base64Decoder();
          return at + 1;
        }
        this.#inString = true;
        this.#name = this.#depth === 1 && !this.#afterColon ? [] : null;
      } else if (OPEN.has(c)) this.#depth++;
      else if (CLOSE.has(c)) this.#depth--;
      else if (c === COLON && this.#depth === 1) this.#afterColon = true;
      else if (c === COMMA && this.#depth === 1) this.#afterColon = false;
    }
    this.#keep(piece, from, piece.length);
    return piece.length;
  }

  /** Decodes the file's text up to the piece's end, its closing quote or an escape. */
  async #readFile(piece: Uint8Array, from: number): Promise<number> {
    if (this.#fileEscape !== '') return this.#readEscape(piece, from);
    const quote = piece.indexOf(QUOTE, from);
    const end = quote < 0 ? piece.length : quote;
    // Escapes are rare: look for one only before the quote.
    const escapeAt = piece.subarray(from, end).indexOf(BACKSLASH);
    const to = escapeAt < 0 ? end : from + escapeAt;
    await this.#sink.write(this.#file!.write(piece, from, to));
    if (escapeAt >= 0) {
      this.#fileEscape = '\\';
      return to + 1;
    }
    if (quote < 0) return piece.length;
    await this.#sink.write(this.#file!.end());
    this.#file = null;
    return quote; // the closing quote, from where plain JSON goes on
  }

  async #readEscape(piece: Uint8Array, from: number): Promise<number> {
    this.#fileEscape += String.fromCharCode(piece[from]!);
    const isUnicode = this.#fileEscape[1] === 'u';
    if (isUnicode && this.#fileEscape.length < 6) return from + 1;
    const code = isUnicode ? Number.parseInt(this.#fileEscape.slice(2), 16) : ESCAPES[this.#fileEscape[1]!];
    this.#fileEscape = '';
    // Not a character of base64: let the decoder say so.
    await this.#sink.write(this.#file!.write(Uint8Array.of(code !== undefined && code < 128 ? code : 0)));
    return from + 1;
  }

  #keep(piece: Uint8Array, from: number, to: number): void {
    if (to === from) return;
    this.#restBytes += to - from;
    if (this.#restBytes > this.#maxJsonBytes) {
      throw new AppError('payload_too_large', `The JSON around the file is larger than ${this.#maxJsonBytes} bytes.`, {
        remedy: `Put the file's base64 text under "${this.#member}".`,
      });
    }
    this.#rest.push(piece.slice(from, to));
  }
}

function join(pieces: Uint8Array[], bytes: number): Uint8Array {
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
