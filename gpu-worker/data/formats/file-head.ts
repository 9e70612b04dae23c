/**
 * What a single file of a dataset is, told by the first bytes of it and never by its name alone: a table that someone called
 * annotations.txt is found, and so is an .slp called data.h5. Of a file that may be COCO the rest is skimmed for its three lists, since
 * they may stand in any order and far apart.
 */
import { open } from 'node:fs/promises';
import { isHdf5Start } from '../../../src/contract/archive-kind.ts';
import { AppError } from '../../../src/errors.ts';
import { type CsvRow, parseCsv } from '../csv-table.ts';
import { isDeepLabCutHeader, isMachineMade, isOwnHeader } from './table-header.ts';

export type FileKind =
  | 'own_table'
  | 'dlc_table'
  | 'coco'
  | 'slp'
  | 'pkg_slp'
  /** A training configuration of SLEAP or sleap-nn. */
  | 'sleap_config'
  /** Known, and no labels: `why` is to be said where nothing else is found. */
  | { why: string };

/** A header of hundreds of keypoints fits in. */
const HEAD_BYTES = 256 * 1024;
/** HDF5 keeps the names of the outermost groups at the start, behind a superblock of a few hundred bytes, but they may move. */
const HDF5_HEAD_BYTES = 1024 * 1024;
const HEADER_ROWS = 4;
const COCO_LISTS = ['"images"', '"annotations"', '"categories"'];

/** What an HDF5 file holds by a name in its first MiB; all others are taken for SLEAP's. */
const HDF5_KINDS: [marks: string[], why: string][] = [
  [['track_occupancy\0'], 'holds predictions (analysis.h5), not labels'],
  [
    ['df_with_missing\0', 'pandas_type\0', 'pandas_version\0'],
    'is a pandas table: keep the CSV that DeepLabCut writes beside it, that one is read',
  ],
  [['keras_version', 'model_weights\0', 'layer_names'], 'holds the weights of a network, not labels'],
];

/** @param sizeBytes of the file. @returns null when it is nothing that is known here. */
export async function kindOfFile(path: string, name: string, sizeBytes: number): Promise<FileKind | null> {
  const file = await open(path);
  try {
    const head = await readAt(file, 0, Math.min(HEAD_BYTES, sizeBytes));
    if (isHdf5Start(head)) return kindOfHdf5(await readAt(file, 0, Math.min(HDF5_HEAD_BYTES, sizeBytes)), name);
    if (/^(?:\ufeff)?\s*\{/.test(head.toString('utf8', 0, 100))) return await kindOfJson(file, head);
    return kindOfText(head, name);
  } finally {
    await file.close();
  }
}

type File = Awaited<ReturnType<typeof open>>;

async function readAt(file: File, position: number, bytes: number): Promise<Buffer> {
  const buffer = Buffer.alloc(bytes);
  const { bytesRead } = await file.read(buffer, 0, bytes, position);
  return buffer.subarray(0, bytesRead);
}

function kindOfHdf5(head: Buffer, name: string): FileKind {
  const known = HDF5_KINDS.find(([marks]) => marks.some(mark => head.includes(mark)));
  if (known) return { why: known[1] };
  // The group of embedded frames; "video0/video" in an .slp only points to one elsewhere.
  return name.toLowerCase().endsWith('.pkg.slp') || head.includes('video0\0') ? 'pkg_slp' : 'slp';
}

async function kindOfJson(file: File, head: Buffer): Promise<FileKind | null> {
  const has = (...names: string[]) => names.every(name => head.includes(`"${name}"`));
  if (has('data', 'model', 'optimization')) return 'sleap_config';
  if (!COCO_LISTS.some(name => head.includes(name))) return null;
  const found = await skim(file, [...COCO_LISTS, '"keypoints"']);
  if (!COCO_LISTS.every(name => found.has(name))) return null;
  return found.has('"keypoints"') ? 'coco' : { why: 'is a COCO file without keypoints: boxes or masks only' };
}

/** Which of the texts the file holds. */
async function skim(file: File, texts: readonly string[]): Promise<Set<string>> {
  const found = new Set<string>();
  const overlap = Math.max(...texts.map(text => text.length)) - 1;
  for (let position = 0; found.size < texts.length; position += HDF5_HEAD_BYTES - overlap) {
    const piece = await readAt(file, position, HDF5_HEAD_BYTES);
    for (const text of texts) if (piece.includes(text)) found.add(text);
    if (piece.length < HDF5_HEAD_BYTES) break;
  }
  return found;
}

function kindOfText(head: Buffer, name: string): FileKind | null {
  if (/^(?:data_config|trainer_config|model_config):/m.test(head.toString('latin1'))) return 'sleap_config';
  const rows = headerRows(head, name);
  if (isMachineMade(rows))
    return { why: 'holds what a network found (it has columns called "likelihood"), not labels' };
  if (isDeepLabCutHeader(rows)) return 'dlc_table';
  return isOwnHeader(rows) ? 'own_table' : null;
}

/** The first rows of what may be a table; none where it is not. */
function headerRows(head: Buffer, name: string): CsvRow[] {
  // The last line may be cut in the middle of a cell or of a character. In UTF-16 a line end begins at an even byte.
  const cut = head.length === HEAD_BYTES ? Math.max(head.lastIndexOf('\n'), head.lastIndexOf('\r')) : -1;
  const whole = cut === -1 ? head : head.subarray(0, cut - (cut % 2));
  try {
    return parseCsv(whole, name, HEADER_ROWS).rows;
  } catch (error) {
    if (error instanceof AppError) return [];
    throw error;
  }
}
