/** A part of what can only be made from its beginning; nothing behind the part is made. */
import type { ByteRange } from '../contract/byte-range.ts';

/** @param range counted from the first of `pieces`. */
export async function* partOf(pieces: AsyncIterable<Uint8Array>, range: ByteRange): AsyncGenerator<Uint8Array> {
  let skip = range.first;
  let left = range.last - range.first + 1;
  for await (const piece of pieces) {
    const part = piece.subarray(Math.min(skip, piece.length), Math.min(skip + left, piece.length));
    skip -= Math.min(skip, piece.length);
    left -= part.length;
    if (part.length > 0) yield part;
    if (left === 0) return;
  }
}
