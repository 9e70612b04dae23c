/**
 * A file of text made from predictions: fixed texts, and between them something for each frame. It is made run by run as it is sent, so it
 * needs the memory of one chunk, and its size is known only once it was made.
 *
 * Each run of each part has a place of its own in the file, which follows from the runs alone (no text depends on the text before it). The
 * first pass over all of it, be it a download or a measurement, remembers where these begin; a range then reads the runs it lies in.
 */
import type { ByteRange } from '../contract/byte-range.ts';
import { Chunk } from './chunk.ts';
import type { ExportFile } from './export-file.ts';
import type { MeasuredFiles, PartOffsets } from './measured-files.ts';
import { partOf } from './part-of.ts';
import type { Predictions, StoredRun } from './predictions.ts';
import { TextBytes, utf8 } from './text-bytes.ts';

const NOTHING = { points: new Uint8Array(), times: null };

/** All places of a file. */
const ALL = { first: 0, last: Number.POSITIVE_INFINITY };

/** What a file holds for each frame. */
export interface FrameTexts {
  /** All stored frames, those in which a keypoint was found, or those behind a frame number. */
  of: 'all' | 'found' | { behind: number };
  /** Between two of them, the last of a run and the first of the next included. */
  separator: string;
  /** `write` asks for the frames' numbers alone: their points are not read. */
  numbersOnly?: boolean;
  write(out: TextBytes, chunk: Chunk, index: number): void;
}

/** The pieces of text a format consists of, in the order of the file. */
export type TextParts = readonly (string | FrameTexts)[];

/** A fixed text, or what one run adds to one of the parts. */
type Place = { text: string } | { texts: FrameTexts; run: StoredRun; isFirst: boolean };

export class TextFile implements ExportFile {
  readonly #predictions: Predictions;
  readonly #parts: TextParts;
  readonly #files: MeasuredFiles;
  readonly #etag: string;

  /** @param measured.etag of this file; what it measures is remembered in @param measured.files. */
  constructor(predictions: Predictions, parts: TextParts, measured: { etag: string; files: MeasuredFiles }) {
    this.#predictions = predictions;
    this.#parts = parts;
    this.#files = measured.files;
    this.#etag = measured.etag;
  }

  get sizeBytes(): number | null {
    return this.#files.get(this.#etag)?.at(-1) ?? null;
  }

  async measure(): Promise<number> {
    return (await this.#offsets()).at(-1)!;
  }

  async *pieces(range?: ByteRange): AsyncGenerator<Uint8Array> {
    if (!range) {
      yield* this.#whole();
      return;
    }
    const offsets = await this.#offsets();
    const first = placeOf(offsets, range.first);
    const start = offsets[first]!;
    const text = this.#text({ first, last: placeOf(offsets, range.last) });
    yield* partOf(text, { first: range.first - start, last: range.last - start });
  }

  #offsets(): Promise<PartOffsets> {
    return this.#files.measured(this.#etag, async () => {
      const whole = this.#whole();
      for (let step = await whole.next(); ; step = await whole.next()) if (step.done) return step.value;
    });
  }

  /** All bytes; whoever takes them to the end leaves the offsets behind. */
  async *#whole(): AsyncGenerator<Uint8Array, PartOffsets> {
    const starts: number[] = [];
    let sizeBytes = 0;
    for await (const piece of this.#text(ALL, startBytes => starts.push(sizeBytes + startBytes))) {
      sizeBytes += piece.length;
      yield piece;
    }
    const offsets = Float64Array.from([...starts, sizeBytes]);
    this.#files.add(this.#etag, offsets);
    return offsets;
  }

  /** @param places by number, both ends included; @param onPlace hears of each, with the bytes that were written since the last piece. */
  async *#text(places: typeof ALL, onPlace: (bytes: number) => void = () => {}): AsyncGenerator<Uint8Array> {
    const out = new TextBytes();
    let number = -1;
    for (const place of this.#places()) {
      number++;
      if (number < places.first) continue;
      if (number > places.last) break;
      onPlace(out.length);
      if ('text' in place) {
        out.text(place.text);
        continue;
      }
      const { run, texts } = place;
      if (!hasWanted(texts, run)) continue;
      const separator = utf8(texts.separator);
      let { isFirst } = place;
      const chunk = texts.numbersOnly ? new Chunk(run, NOTHING, 0) : await this.#predictions.read(run);
      for (let i = 0; i < run.frames; i++) {
        if (!isWanted(texts, chunk, i)) continue;
        if (!isFirst) out.bytes(separator);
        isFirst = false;
        texts.write(out, chunk, i);
        if (out.isFull) yield out.take();
      }
    }
    if (out.length > 0) yield out.take();
  }

  *#places(): Generator<Place> {
    for (const part of this.#parts) {
      if (typeof part === 'string') {
        yield { text: part };
        continue;
      }
      let isFirst = true;
      for (const run of this.#predictions.runs) {
        yield { texts: part, run, isFirst };
        isFirst &&= !hasWanted(part, run);
      }
    }
  }
}

/** Whether the run adds anything. */
function hasWanted({ of }: FrameTexts, { firstFrame, frames, step, found }: StoredRun): boolean {
  if (of === 'found') return found > 0;
  return of === 'all' || firstFrame + (frames - 1) * step > of.behind;
}

function isWanted({ of }: FrameTexts, chunk: Chunk, index: number): boolean {
  if (of === 'found') return chunk.isFound(index);
  return of === 'all' || chunk.frames[index]! > of.behind;
}

/** The last place that begins at or before the byte. */
function placeOf(offsets: PartOffsets, byte: number): number {
  let low = 0;
  for (let high = offsets.length - 2; low < high; ) {
    const middle = Math.ceil((low + high) / 2);
    if (offsets[middle]! <= byte) low = middle;
    else high = middle - 1;
  }
  return low;
}
