/**
 * predictions.analysis.h5: SLEAP's analysis file, for MATLAB and NumPy (sleap/info/write_tracking_h5.py of SLEAP 1.3 and 1.4).
 *
 * Datasets, their names, types and order of axes are SLEAP's; there is one track, which has no name. As with SLEAP there is a column for
 * each frame from 0 up to the last that was predicted: frames without a prediction and keypoints that were not found are NaN. The score of a
 * keypoint below the threshold is kept, where SLEAP writes 0. Nothing is compressed, so that the size is known before.
 * Beyond SLEAP: `dims` names the axes and `skeleton_symmetries` the pairs of a mirror, both as sleap-io writes them.
 */
import type { Chunk } from './chunk.ts';
import type { ExportFile } from './export-file.ts';
import { type BlockWriter, blockFile } from './hdf5/block-file.ts';
import { blockRows } from './hdf5/block-rows.ts';
import { FLOAT64, INT64, UINT8 } from './hdf5/datatype.ts';
import { type LargeDataset, layOut, type SmallDataset } from './hdf5/layout.ts';
import { emptyDataset, scalarText, textAttribute, textDataset } from './hdf5/strings.ts';
import type { Predictions, StoredRun } from './predictions.ts';
import { provenance } from './provenance.ts';
import { firstAbove, runReader } from './run-reader.ts';

/** Axes as sleap-io calls them. */
const DIMS = {
  tracks: ['track', 'xy', 'node', 'frame'],
  point_scores: ['track', 'node', 'frame'],
  scores: ['track', 'frame'],
  track_occupancy: ['frame', 'track'],
};

/** @param options.blockFrames frames of a block; absent: what makes a block about 1 MiB. */
export function analysisFile(predictions: Predictions, options: { blockFrames?: number } = {}): ExportFile {
  const { runs, skeleton } = predictions;
  const keypoints = skeleton.keypoints.length;
  const ends = runs.map(endOf);
  const frames = ends.at(-1) ?? 0;
  const frameBytes = 8 * (3 * keypoints + 2) + 1;
  const blockFrames = blockRows({ rows: frames, rowBytes: frameBytes, wanted: options.blockFrames });
  const chunkNumbers = touchedBlocks(runs, blockFrames);
  const symmetries = skeleton.symmetries?.map(pair => pair.map(k => skeleton.keypoints[k]));
  const layout = layOut({
    attributes: symmetries ? [textAttribute('skeleton_symmetries', JSON.stringify(symmetries))] : [],
    groups: [],
    small: smallDatasets(predictions),
    large: largeDatasets({ keypoints, frames, blockFrames }),
    chunkNumbers,
  });

  const startPass = (): BlockWriter => {
    const read = runReader(predictions, chunk => chunk);
    return async block => {
      const firstFrame = chunkNumbers[block]! * blockFrames;
      const columns = new Columns(layout, { keypoints, firstFrame, blockFrames });
      for (let i = firstAbove(ends, firstFrame); i < runs.length; i++) {
        if (runs[i]!.firstFrame >= firstFrame + blockFrames) break;
        columns.fill(await read(runs[i]!));
      }
      return columns.bytes;
    };
  };
  return blockFile(layout, startPass);
}

/** One above the last frame of a run. */
function endOf({ firstFrame, frames, step }: StoredRun): number {
  return firstFrame + (frames - 1) * step + 1;
}

/** Numbers of the blocks between the first and the last frame of a run, ascending, each once. */
function touchedBlocks(runs: readonly StoredRun[], blockFrames: number): number[] {
  const numbers: number[] = [];
  for (const run of runs) {
    const last = Math.floor((endOf(run) - 1) / blockFrames);
    const first = Math.max((numbers.at(-1) ?? -1) + 1, Math.floor(run.firstFrame / blockFrames));
    for (let number = first; number <= last; number++) numbers.push(number);
  }
  return numbers;
}

function smallDatasets(predictions: Predictions): SmallDataset[] {
  const { keypoints, edges } = predictions.skeleton;
  const edgeInds = new BigInt64Array(edges.flat().map(BigInt));
  return [
    emptyDataset('track_names'),
    textDataset('node_names', keypoints),
    textDataset(
      'edge_names',
      edges.flatMap(([parent, child]) => [keypoints[parent]!, keypoints[child]!]),
      2,
    ),
    edges.length === 0
      ? emptyDataset('edge_inds')
      : { name: 'edge_inds', type: INT64, shape: [edges.length, 2], data: new Uint8Array(edgeInds.buffer) },
    scalarText('labels_path', ''),
    scalarText('video_path', predictions.fileName),
    { name: 'video_ind', type: INT64, shape: [], data: new Uint8Array(8) },
    scalarText('provenance', JSON.stringify(provenance(predictions))),
  ];
}

/** In the order in which Columns has them. */
function largeDatasets(size: { keypoints: number; frames: number; blockFrames: number }): LargeDataset[] {
  const { keypoints: k, frames, blockFrames } = size;
  const fill = new Uint8Array(new Float64Array([Number.NaN]).buffer);
  const numbers = (name: string, before: number[], dims: string[]): LargeDataset => ({
    ...{ name, type: FLOAT64, shape: [...before, frames], chunk: [...before, blockFrames], axis: before.length, fill },
    attributes: [textAttribute('dims', JSON.stringify(dims))],
  });
  return [
    numbers('tracks', [1, 2, k], DIMS.tracks),
    numbers('point_scores', [1, k], DIMS.point_scores),
    numbers('instance_scores', [1], DIMS.scores),
    numbers('tracking_scores', [1], DIMS.scores),
    {
      ...{ name: 'track_occupancy', type: UINT8, shape: [frames, 1], chunk: [blockFrames, 1], axis: 0 },
      attributes: [textAttribute('dims', JSON.stringify(DIMS.track_occupancy))],
    },
  ];
}

/** A block: numbers of one kind lie frame behind frame. */
class Columns {
  readonly bytes: Uint8Array;
  readonly #keypoints: number;
  readonly #firstFrame: number;
  readonly #frames: number;
  /** All datasets of float64 one behind the other, since they are multiples of 8 bytes. */
  readonly #numbers: Float64Array;
  readonly #occupancy: Uint8Array;

  constructor(
    layout: { blockBytes: number; chunkOffsets: number[] },
    size: { keypoints: number; firstFrame: number; blockFrames: number },
  ) {
    this.bytes = new Uint8Array(layout.blockBytes);
    this.#keypoints = size.keypoints;
    this.#firstFrame = size.firstFrame;
    this.#frames = size.blockFrames;
    const occupancyAt = layout.chunkOffsets.at(-1)!;
    this.#numbers = new Float64Array(this.bytes.buffer, 0, occupancyAt / 8).fill(Number.NaN);
    this.#occupancy = this.bytes.subarray(occupancyAt);
  }

  /** Takes those frames of the chunk that are in the block and in which anything was found. */
  fill(chunk: Chunk): void {
    const k = this.#keypoints;
    const n = this.#frames;
    const numbers = this.#numbers;
    for (const [i, frame] of chunk.frames.entries()) {
      const column = frame - this.#firstFrame;
      if (column < 0 || column >= n || !chunk.isFound(i)) continue;
      for (let keypoint = 0; keypoint < k; keypoint++) {
        const { x, y, score } = chunk.point(i, keypoint);
        numbers[keypoint * n + column] = x;
        numbers[(k + keypoint) * n + column] = y;
        numbers[(2 * k + keypoint) * n + column] = score;
      }
      numbers[3 * k * n + column] = chunk.instanceScore(i);
      // SLEAP's tracking score of what no tracker has seen.
      numbers[(3 * k + 1) * n + column] = 0;
      this.#occupancy[column] = 1;
    }
  }
}
