/**
 * Reads tables, texts and images out of an open HDF5 file, in slices of bounded size, whatever the file claims of itself.
 *
 * h5wasm makes an array of objects of every slice of a table, which takes too long and too much memory for the millions of points of a
 * tracked video. So slices are taken as the bytes they are, and a number is picked out of them where it is asked for. All of it runs in
 * slp-thread.ts. Leaves out: columns that are no plain numbers.
 */
import { Dataset, type File, type Group } from 'h5wasm';
import { damaged } from './slp-damage.ts';

/** Of one slice of a table. */
const SLICE_BYTES = 2 ** 20;
const MAX_ROW_BYTES = 2 ** 16;
const MAX_ROWS = 2 ** 26;
/** A text that claims to be longer is damaged: the names of a million images take 100 MB. */
const MAX_TEXT_BYTES = 2 ** 27;
/** Slices beyond reading a table through twice; a table whose rows are asked for in no order would be read for days. */
const SPARE_SLICES = 10_000;
/** HDF5's classes of types (H5T_class_t). */
const TYPE = { integer: 0, float: 1, text: 3, opaque: 5, compound: 6, enumeration: 8, vlen: 9 } as const;

/** What a reader in the thread has to hand. */
export interface OpenSlp {
  file: File;
  /** The file's path within the dataset, for sentences. */
  name: string;
  /** Tells that reading goes on. */
  progress(): void;
}

/** @throws AppError labels_invalid where there is none. */
export function datasetAt({ file, name }: OpenSlp, path: string): Dataset {
  const dataset = file.get(path);
  if (!(dataset instanceof Dataset)) throw damaged(name, `it lacks the table "${path}"`);
  return dataset;
}

export function attributeOf(object: Group | Dataset, name: string): unknown {
  const attribute = object.attrs[name];
  if (!attribute) return null;
  const { size, total_size } = attribute.metadata;
  if (size * total_size > MAX_TEXT_BYTES) throw new RangeError(`The attribute ${name} is too large.`);
  return attribute.value;
}

interface Column {
  offset: number;
  read(view: DataView, at: number): number;
}

/** The rows of a table: compound, as SLEAP and sleap-io write them, or a matrix of numbers with its names in `field_names` (sleap-io.js). */
export class Table {
  readonly rows: number;
  readonly #open: OpenSlp;
  readonly #path: string;
  readonly #dataset: Dataset;
  readonly #columns: Column[];
  readonly #rowBytes: number;
  readonly #rowsPerSlice: number;
  #slicesLeft: number;
  #from = 0;
  #view: DataView = new DataView(new ArrayBuffer(0));
  #until = 0;

  /** @throws AppError labels_invalid when a column is missing, or the table claims to be absurdly large. */
  constructor(open: OpenSlp, path: string, columns: readonly string[]) {
    this.#open = open;
    this.#path = path;
    this.#dataset = datasetAt(open, path);
    const { metadata } = this.#dataset;
    const shape = metadata.shape ?? [0];
    this.rows = shape[0] ?? 0;
    this.#rowBytes = metadata.size * (shape[1] ?? 1);
    if (this.rows > MAX_ROWS || this.#rowBytes > MAX_ROW_BYTES || shape.length > 2) {
      throw damaged(open.name, `its table "${path}" claims to have ${this.rows} rows of ${this.#rowBytes} bytes`);
    }
    // An empty table may be of any type.
    this.#columns = this.rows === 0 ? [] : columns.map(column => this.#column(column));
    this.#rowsPerSlice = Math.max(1, Math.floor(SLICE_BYTES / Math.max(1, this.#rowBytes)));
    this.#slicesLeft = 2 * Math.ceil(this.rows / this.#rowsPerSlice) + SPARE_SLICES;
  }

  /** The number in the column that was `column`-th in the list. @throws AppError labels_invalid when the row is beyond the table. */
  number(row: number, column: number): number {
    if (row < this.#from || row >= this.#until) this.#load(row);
    const { offset, read } = this.#columns[column]!;
    return read(this.#view, (row - this.#from) * this.#rowBytes + offset);
  }

  #load(row: number): void {
    const { name, progress } = this.#open;
    if (!(row >= 0 && row < this.rows)) {
      throw damaged(name, `row ${row} of its table "${this.#path}" is needed, which has ${this.rows}`);
    }
    if (this.#slicesLeft-- === 0) throw damaged(name, `the rows of its table "${this.#path}" are out of order`);
    this.#from = row - (row % this.#rowsPerSlice);
    this.#until = Math.min(this.rows, this.#from + this.#rowsPerSlice);
    const bytes = bytesOf(this.#dataset, [[this.#from, this.#until]]);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    progress();
  }

  #column(column: string): Column {
    const { metadata } = this.#dataset;
    const missing = damaged(this.#open.name, `its table "${this.#path}" has no numbers "${column}"`);
    if (metadata.type === TYPE.compound) {
      const member = metadata.compound_type?.members.find(each => each.name === column);
      if (!member) throw missing;
      const read = readerOf(member.enum_type?.type ?? member.type, member);
      if (!read || member.offset + member.size > this.#rowBytes) throw missing;
      return { offset: member.offset, read };
    }
    const names: unknown = JSON.parse(String(attributeOf(this.#dataset, 'field_names') ?? '[]'));
    const at = Array.isArray(names) ? names.indexOf(column) : -1;
    const read = readerOf(metadata.type, metadata);
    if (at === -1 || at >= (metadata.shape?.[1] ?? 0) || !read) throw missing;
    return { offset: at * metadata.size, read };
  }
}

function readerOf(
  type: number,
  { size, signed, littleEndian: little }: { size: number; signed: boolean; littleEndian: boolean },
): Column['read'] | null {
  if (type === TYPE.float && size === 8) return (view, at) => view.getFloat64(at, little);
  if (type === TYPE.float && size === 4) return (view, at) => view.getFloat32(at, little);
  if (type !== TYPE.integer && type !== TYPE.enumeration) return null;
  if (size === 1) return signed ? (view, at) => view.getInt8(at) : (view, at) => view.getUint8(at);
  if (size === 2) return signed ? (view, at) => view.getInt16(at, little) : (view, at) => view.getUint16(at, little);
  if (size === 4) return signed ? (view, at) => view.getInt32(at, little) : (view, at) => view.getUint32(at, little);
  if (size !== 8) return null;
  const [high, low] = little ? [4, 0] : [0, 4];
  return (view, at) =>
    (signed ? view.getInt32(at + high, little) : view.getUint32(at + high, little)) * 2 ** 32 +
    view.getUint32(at + low, little);
}

/** The bytes of a part of a dataset, or of the one value of a dataset without rows, as they lie in the file. */
export function bytesOf(dataset: Dataset, ranges: [number, number][]): Uint8Array {
  // h5wasm hands on the bytes of a type that it does not know.
  dataset.metadata.type = TYPE.opaque;
  const isScalar = dataset.shape?.length === 0;
  return (isScalar ? dataset.value : dataset.slice(ranges)) as unknown as Uint8Array;
}

/** Row `row` of a list of texts, or the one text of a dataset without rows. */
export function textAt({ name }: OpenSlp, dataset: Dataset, path: string, row = 0): string {
  const { type, vlen, size, shape } = dataset.metadata;
  if (type !== TYPE.text || shape === null || size > MAX_TEXT_BYTES || shape.length > 1) {
    throw damaged(name, `"${path}" is no text`);
  }
  if (vlen) return String((shape.length === 0 ? dataset.value : dataset.slice([[row, row + 1]])) ?? '');
  // h5wasm would take UTF-8 for Latin letters where the file does not say what it is.
  const fresh = new Dataset(dataset.file_id, dataset.path);
  const bytes = bytesOf(fresh, [[row, row + 1]]);
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end === -1 ? bytes : bytes.subarray(0, end));
}

/** @throws AppError labels_invalid when it is none. */
export function jsonIn(name: string, text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw damaged(name, `its "${path}" cannot be read`, cause);
  }
}

export type ElementKind = 'vlen' | 'bytes' | 'other';

/** What the elements of a dataset are: lists of any length, single bytes, or something else. */
export function elementsOf({ metadata: { type, size } }: Dataset): ElementKind {
  if (type === TYPE.vlen) return 'vlen';
  return type === TYPE.integer && size === 1 ? 'bytes' : 'other';
}
