/**
 * What can be told of an archive at the door, from its first and last bytes alone: that it is one, whole, and not empty.
 *
 * 7z (7zFormat.txt) says in its first 32 bytes where it ends; zip (APPNOTE.TXT 4.3.16) ends with a record that says where its directory
 * lies. Whether what is inside is intact, and whether it makes sense, is the worker's business.
 */
import { AppError } from '../errors.ts';

/** Signature (6), version (2), CRC (4), then offset and size of the header that ends the file (8 + 8, little-endian), and its CRC. */
export const SEVEN_ZIP_START_BYTES = 32;
const SEVEN_ZIP_SIGNATURE = [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c];

/** "PK\3\4" begins a file in a zip, "PK\5\6" the end record; little-endian. */
const ZIP_FILE = 0x04034b50;
const ZIP_END = 0x06054b50;
const ZIP_END_BYTES = 22;
/** The end record with the longest comment that may follow it. */
export const ZIP_END_MAX_BYTES = ZIP_END_BYTES + 0xffff;
/** Of a size or a count that stands in the zip64 records instead. */
const ZIP64_BYTES = 0xffffffff;

/** @param start the first 32 bytes. @throws AppError archive_invalid. */
export function checkSevenZip(start: Uint8Array, sizeBytes: number): void {
  if (SEVEN_ZIP_SIGNATURE.some((byte, i) => start[i] !== byte)) {
    throw new AppError('archive_invalid', 'The dataset is not a 7z archive: it does not begin as one.', {
      remedy: 'Pack labels.csv and the images with 7-Zip, format 7z, and send that file.',
    });
  }
  if (start.length < SEVEN_ZIP_START_BYTES) throw cutShort('7z', `${sizeBytes} bytes arrived`);
  const header = viewOf(start);
  const expectedBytes = BigInt(SEVEN_ZIP_START_BYTES) + header.getBigUint64(12, true) + header.getBigUint64(20, true);
  if (BigInt(sizeBytes) < expectedBytes) throw cutShort('7z', `${sizeBytes} of ${expectedBytes} bytes arrived`);
  if (header.getBigUint64(20, true) === 0n) throw new AppError('archive_invalid', 'The 7z archive is empty.');
}

/** @param end the last ZIP_END_MAX_BYTES, or all there are. @throws AppError archive_invalid. */
export function checkZip(start: Uint8Array, end: Uint8Array, sizeBytes: number): void {
  const signature = start.length < 4 ? 0 : viewOf(start).getUint32(0, true);
  if (signature !== ZIP_FILE && signature !== ZIP_END) {
    throw new AppError('archive_invalid', 'The model is not a zip archive: it does not begin as one.', {
      remedy: 'Send the model.zip of a model, or a zip of a model folder.',
    });
  }
  const view = viewOf(end);
  const at = findZipEnd(view);
  if (at === null) throw cutShort('zip', `its directory is missing at the end of ${sizeBytes} bytes`);
  if (view.getUint16(at + 10, true) === 0) throw new AppError('archive_invalid', 'The zip archive is empty.');
  const [directoryBytes, directoryAt] = [view.getUint32(at + 12, true), view.getUint32(at + 16, true)];
  const isZip64 = directoryBytes === ZIP64_BYTES || directoryAt === ZIP64_BYTES;
  if (!isZip64 && directoryAt + directoryBytes > sizeBytes - (end.length - at))
    throw cutShort('zip', 'its directory lies beyond its end');
}

/** Where the end record begins: the last one whose comment reaches just to the end. */
function findZipEnd(view: DataView): number | null {
  for (let at = view.byteLength - ZIP_END_BYTES; at >= 0; at--) {
    const commentBytes = view.byteLength - at - ZIP_END_BYTES;
    if (view.getUint32(at, true) === ZIP_END && view.getUint16(at + 20, true) === commentBytes) return at;
  }
  return null;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function cutShort(kind: string, how: string): AppError {
  return new AppError('archive_invalid', `The ${kind} archive is cut short: ${how}.`, {
    remedy: 'Send the file again; if it is already short on your disk, pack it again.',
  });
}
