/**
 * Which part of a file a request asks for (RFC 9110 §14): how a browser's <video> seeks and how a broken download goes on.
 * One range of bytes; of several, or of another unit, the whole file is sent, as the RFC allows.
 */
import type { ByteRange } from '../contract/byte-range.ts';

/**
 * @param header of the request. @param sizeBytes of the file.
 * @returns null: send the whole file; `unsatisfiable`: no byte of the file is in the range.
 */
export function parseByteRange(header: string | undefined, sizeBytes: number): ByteRange | 'unsatisfiable' | null {
  const [, from, to] = /^\s*bytes=\s*(\d*)-(\d*)\s*$/i.exec(header ?? '') ?? [];
  if (from === undefined || to === undefined || (from === '' && to === '')) return null;
  if (from === '') {
    const lengthBytes = Math.min(Number(to), sizeBytes);
    return lengthBytes === 0 ? 'unsatisfiable' : { first: sizeBytes - lengthBytes, last: sizeBytes - 1 };
  }
  const first = Number(from);
  if (to !== '' && Number(to) < first) return null;
  if (first >= sizeBytes) return 'unsatisfiable';
  return { first, last: to === '' ? sizeBytes - 1 : Math.min(Number(to), sizeBytes - 1) };
}

/** The value of Content-Range. */
export function contentRange(range: ByteRange | 'unsatisfiable', sizeBytes: number): string {
  return range === 'unsatisfiable' ? `bytes */${sizeBytes}` : `bytes ${range.first}-${range.last}/${sizeBytes}`;
}
