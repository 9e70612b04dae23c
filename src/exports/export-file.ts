/** A file made from stored predictions as it is sent: never whole in memory, and any part of it for whoever goes on with a download. */
import type { ByteRange } from '../contract/byte-range.ts';

export interface ExportFile {
  /** null: to be told by measure() alone. */
  sizeBytes: number | null;
  /** The number of bytes; may cost a pass over all predictions. */
  measure(): Promise<number>;
  /** The bytes in order, anew at each call; those of `range` alone where one is given. */
  pieces(range?: ByteRange): AsyncIterable<Uint8Array>;
}
