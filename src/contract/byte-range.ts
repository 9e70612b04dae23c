/** A part of a file: of a blob, of a file that is made as it is sent, of a download. */
export interface ByteRange {
  /** Counted from 0. */
  first: number;
  /** Included. */
  last: number;
}
