/** An HDF5 file that is sent block by block, or a part of it. */
import type { ByteRange } from '../../contract/byte-range.ts';
import type { ExportFile } from '../export-file.ts';
import type { FileLayout } from './layout.ts';

/** Computes the bytes of a block. Called with ascending numbers, so that what two neighbours need can be kept. */
export type BlockWriter = (block: number) => Promise<Uint8Array>;

/** @param startPass called once for each sending. */
export function blockFile(layout: FileLayout, startPass: () => BlockWriter): ExportFile {
  const { sizeBytes } = layout;
  return {
    sizeBytes,
    measure: () => Promise.resolve(sizeBytes),
    pieces: range => piecesOf(layout, startPass, range ?? { first: 0, last: sizeBytes - 1 }),
  };
}

async function* piecesOf(
  { head, blockBytes, blocks, sizeBytes }: FileLayout,
  startPass: () => BlockWriter,
  range: ByteRange,
): AsyncGenerator<Uint8Array> {
  const end = Math.min(range.last + 1, sizeBytes);
  if (range.first < Math.min(end, head.length)) yield head.subarray(range.first, end);
  if (blocks === 0 || end <= head.length) return;

  const writeBlock = startPass();
  const firstBlock = Math.max(0, Math.floor((range.first - head.length) / blockBytes));
  const endBlock = Math.ceil((end - head.length) / blockBytes);
  for (let block = firstBlock; block < endBlock; block++) {
    const at = head.length + block * blockBytes;
    const bytes = await writeBlock(block);
    const piece = bytes.subarray(Math.max(0, range.first - at), end - at);
    if (piece.length > 0) yield piece;
  }
}
