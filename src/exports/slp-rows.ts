/** Rows of a .slp file's tables, packed as NumPy's structured types that SLEAP writes, and a block of them. */
import type { Chunk } from './chunk.ts';
import { setUint64 } from './hdf5/bytes.ts';
import { BOOLEAN, compound, FLOAT32, FLOAT64, INT32, INT64, UINT8, UINT32, UINT64 } from './hdf5/datatype.ts';

export const FRAME = compound([
  ['frame_id', UINT64],
  ['video', UINT32],
  ['frame_idx', UINT64],
  ['instance_id_start', UINT64],
  ['instance_id_end', UINT64],
]);

export const INSTANCE = compound([
  ['instance_id', INT64],
  ['instance_type', UINT8],
  ['frame_id', UINT64],
  ['skeleton', UINT32],
  ['track', INT32],
  ['from_predicted', INT64],
  ['score', FLOAT32],
  ['point_id_start', UINT64],
  ['point_id_end', UINT64],
  ['tracking_score', FLOAT32],
]);

const POINT_MEMBERS = [
  ['x', FLOAT64],
  ['y', FLOAT64],
  ['visible', BOOLEAN],
  ['complete', BOOLEAN],
] as const;

export const POINT = compound(POINT_MEMBERS);

export const PREDICTED_POINT = compound([...POINT_MEMBERS, ['score', FLOAT64]]);

/** instance_type. */
const PREDICTED = 1;

export class SlpRows {
  readonly bytes: Uint8Array;
  /** The block's first row, counted over the file. */
  readonly first: number;
  readonly #view: DataView;
  readonly #keypoints: number;
  readonly #pointsAt: number;
  readonly #instancesAt: number;
  readonly #framesAt: number;

  constructor(layout: { blockBytes: number; chunkOffsets: number[] }, block: { keypoints: number; first: number }) {
    this.bytes = new Uint8Array(layout.blockBytes);
    this.#view = new DataView(this.bytes.buffer);
    this.first = block.first;
    this.#keypoints = block.keypoints;
    [this.#pointsAt, this.#instancesAt, this.#framesAt] = layout.chunkOffsets as [number, number, number];
  }

  /** @param index of the frame in the chunk; @param row counted over the file. */
  write(chunk: Chunk, index: number, row: number): void {
    const within = row - this.first;
    this.#writePoints(chunk, index, this.#pointsAt + within * this.#keypoints * PREDICTED_POINT.sizeBytes);
    this.#writeInstance(chunk.instanceScore(index), row, this.#instancesAt + within * INSTANCE.sizeBytes);
    this.#writeFrame(chunk.frames[index]!, row, this.#framesAt + within * FRAME.sizeBytes);
  }

  #writePoints(chunk: Chunk, index: number, start: number): void {
    const view = this.#view;
    let at = start;
    for (let k = 0; k < this.#keypoints; k++, at += PREDICTED_POINT.sizeBytes) {
      const { x, y, score } = chunk.point(index, k);
      view.setFloat64(at, x, true);
      view.setFloat64(at + 8, y, true);
      view.setUint8(at + 16, Number.isNaN(x) ? 0 : 1);
      // at + 17: complete is for labels that a person has gone through.
      view.setFloat64(at + 18, score, true);
    }
  }

  #writeInstance(score: number, row: number, at: number): void {
    const view = this.#view;
    setUint64(view, at, row);
    view.setUint8(at + 8, PREDICTED);
    setUint64(view, at + 9, row);
    // at + 17: skeleton 0.
    view.setInt32(at + 21, -1, true);
    view.setBigInt64(at + 25, -1n, true);
    view.setFloat32(at + 33, score, true);
    setUint64(view, at + 37, row * this.#keypoints);
    setUint64(view, at + 45, (row + 1) * this.#keypoints);
    // at + 53: SLEAP's tracking score of what no tracker has seen is 0.
  }

  #writeFrame(frame: number, row: number, at: number): void {
    const view = this.#view;
    setUint64(view, at, row);
    // at + 8: video 0.
    setUint64(view, at + 12, frame);
    setUint64(view, at + 20, row);
    setUint64(view, at + 28, row + 1);
  }
}
