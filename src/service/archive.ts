/**
 * What can be told of an archive at the door, from its first and last bytes alone: that it is one, whole, and not empty.
 *
 * 7z (7zFormat.txt) says in its first 32 bytes where it ends; zip (APPNOTE.TXT 4.3.16) ends with a record that says where its directory
 * lies; a tar's first header is checked by its sum. A compressed tar and an HDF5 file say nothing of the kind. Whether what is inside is
 * intact, and whether it makes sense, is the worker's business.
 */
import { archiveKind, DATASET_KINDS, hasTarChecksum, isHdf5Start, TAR_BLOCK_BYTES } from '../contract/archive-kind.ts';
import { AppError } from '../errors.ts';
import { lookOf } from './file-look.ts';

/** Signature (6), version (2), CRC (4), then offset and size of the header that ends the file (8 + 8, little-endian), and its CRC. */
const SEVEN_ZIP_START_BYTES = 32;

/** "PK\5\6" begins the end record of a zip; little-endian. */
const ZIP_END = 0x06054b50;
const ZIP_END_BYTES = 22;
/** The end record with the longest comment that may follow it. */
export const ZIP_END_MAX_BYTES = ZIP_END_BYTES + 0xffff;
/** Of a size or a count that stands in the zip64 records instead. */
const ZIP64_BYTES = 0xffffffff;

/**
 * @param start the first FIRST_BYTES, or all there are.
 * @param end the last ZIP_END_MAX_BYTES, or all there are.
 * @throws AppError archive_invalid.
 */
export function checkDataset(start: Uint8Array, end: Uint8Array, sizeBytes: number): void {
  const kind = archiveKind(start);
  if (kind === '7z') checkSevenZip(start, sizeBytes);
  if (kind === 'zip') checkZipEnd(end, sizeBytes);
  if (kind === 'tar') checkTar(start, sizeBytes);
  if (kind !== null || isHdf5Start(start)) return;
  const { looksLike, remedy } = lookOf(start);
  const subject = looksLike ? `The dataset looks like ${looksLike}` : 'The dataset is of no known kind';
  throw new AppError('archive_invalid', `${subject}, but it must be ${DATASET_KINDS}.`, {
    remedy: remedy ?? 'Pack the labels and the images with 7-Zip, format 7z, and send that file.',
  });
}

/** @param end the last ZIP_END_MAX_BYTES, or all there are. @throws AppError archive_invalid. */
export function checkModel(start: Uint8Array, end: Uint8Array, sizeBytes: number): void {
  if (archiveKind(start) !== 'zip') {
    throw new AppError('archive_invalid', 'The model is not a zip archive: it does not begin as one.', {
      remedy: 'Send the model.zip of a model, or a zip of a model folder.',
    });
  }
  checkZipEnd(end, sizeBytes);
}

function checkSevenZip(start: Uint8Array, sizeBytes: number): void {
  if (start.length < SEVEN_ZIP_START_BYTES) throw cutShort('7z', `${sizeBytes} bytes arrived`);
  const header = viewOf(start);
  const expectedBytes = BigInt(SEVEN_ZIP_START_BYTES) + header.getBigUint64(12, true) + header.getBigUint64(20, true);
  if (BigInt(sizeBytes) < expectedBytes) throw cutShort('7z', `${sizeBytes} of ${expectedBytes} bytes arrived`);
  if (header.getBigUint64(20, true) === 0n) throw new AppError('archive_invalid', 'The 7z archive is empty.');
}

function checkZipEnd(end: Uint8Array, sizeBytes: number): void {
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

function checkTar(start: Uint8Array, sizeBytes: number): void {
  if (start.length < TAR_BLOCK_BYTES) throw cutShort('tar', `${sizeBytes} bytes arrived`);
  if (hasTarChecksum(start)) return;
  throw new AppError('archive_invalid', 'The tar archive is damaged: the checksum of its first header does not fit.', {
    remedy: 'Send the file again; if that does not help, pack it again.',
  });
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function cutShort(kind: string, how: string): AppError {
  return new AppError('archive_invalid', `The ${kind} archive is cut short: ${how}.`, {
    remedy: 'Send the file again; if it is already short on your disk, pack it again.',
  });
}
