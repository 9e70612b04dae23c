/**
 * predictions.slp: predictions as SLEAP 1.3, 1.4 and sleap-io open them (sleap/io/format/hdf5.py, format 1.2).
 *
 * Frames in which at least one keypoint was found have a labelled frame with one predicted instance without a track. Coordinates need no
 * shift: from format 1.1 on, pixel centres are at integers, as here. A keypoint that was not found is NaN and not visible; its score is kept.
 * Three large tables, frames, instances and pred_points, hold a row, a row and K rows for each such frame.
 */
import { AppError } from '../errors.ts';
import type { Chunk } from './chunk.ts';
import type { ExportFile } from './export-file.ts';
import { type BlockWriter, blockFile } from './hdf5/block-file.ts';
import { blockRows } from './hdf5/block-rows.ts';
import { FLOAT64 } from './hdf5/datatype.ts';
import { type LargeDataset, layOut, type SmallDataset } from './hdf5/layout.ts';
import { type Attribute, MAX_ATTRIBUTE_BYTES } from './hdf5/object-header.ts';
import { emptyDataset, textAttribute, textDataset } from './hdf5/strings.ts';
import type { Predictions, StoredRun } from './predictions.ts';
import { provenance } from './provenance.ts';
import { firstAbove, runReader } from './run-reader.ts';
import { FRAME, INSTANCE, POINT, PREDICTED_POINT, SlpRows } from './slp-rows.ts';
import { slpSkeleton } from './slp-skeleton.ts';

const FORMAT_ID = 1.2;

export interface SlpOptions {
  /** Frames that SLEAP lists as its suggestions. */
  suggestions?: readonly number[];
  /** Labelled frames of a block; absent: what makes a block about 1 MiB. */
  blockFrames?: number;
}

/** @throws AppError invalid_request when names of keypoints are too long for a .slp file. */
export function slpFile(predictions: Predictions, { suggestions = [], blockFrames }: SlpOptions = {}): ExportFile {
  const keypoints = predictions.skeleton.keypoints.length;
  /** Up to and with each run: labelled frames. */
  const ends: number[] = [];
  for (const { found } of predictions.runs) ends.push((ends.at(-1) ?? 0) + found);
  const rows = ends.at(-1) ?? 0;
  const rowBytes = FRAME.sizeBytes + INSTANCE.sizeBytes + keypoints * PREDICTED_POINT.sizeBytes;
  const block = blockRows({ rows, rowBytes, wanted: blockFrames });
  const layout = layOut({
    attributes: [],
    groups: [{ name: 'metadata', attributes: metadata(predictions) }],
    small: smallDatasets(predictions, suggestions),
    large: largeDatasets({ keypoints, rows, block }),
    chunkNumbers: Array.from({ length: Math.ceil(rows / block) }, (_, i) => i),
  });

  const startPass = (): BlockWriter => {
    const read = runReader(predictions, labelledFrames);
    return async number => {
      const first = number * block;
      const end = Math.min(first + block, rows);
      const writer = new SlpRows(layout, { keypoints, first });
      for (let i = firstAbove(ends, first), row = first; row < end; i++) {
        const run = predictions.runs[i]!;
        if (run.found === 0) continue;
        const { chunk, indices } = await read(run);
        const runStart = ends[i]! - run.found;
        for (; row < Math.min(end, ends[i]!); row++) writer.write(chunk, indices[row - runStart]!, row);
      }
      return writer.bytes;
    };
  };
  return blockFile(layout, startPass);
}

/** @throws AppError internal when there are not as many as were counted when they were stored: the size of the file rests on that. */
function labelledFrames(chunk: Chunk, run: StoredRun): { chunk: Chunk; indices: number[] } {
  const indices = [...chunk.frames.keys()].filter(i => chunk.isFound(i));
  if (indices.length !== run.found) {
    const counts = `${indices.length} detections where ${run.found} were counted`;
    throw new AppError('internal', `The frames from ${run.firstFrame} on hold ${counts}.`);
  }
  return { chunk, indices };
}

function metadata(predictions: Predictions): Attribute[] {
  const json = JSON.stringify({
    version: '2.0.0',
    ...slpSkeleton(predictions.skeleton),
    ...{ videos: [], tracks: [], suggestions: [], negative_anchors: {} },
    provenance: provenance(predictions),
  });
  const text = textAttribute('json', json);
  if (text.value.length > MAX_ATTRIBUTE_BYTES) {
    throw new AppError(
      'invalid_request',
      'The skeleton is too large for a .slp file, which has room for 64 KB of names.',
      {
        remedy: 'Download the predictions as CSV or as analysis.h5.',
      },
    );
  }
  const formatId = new Uint8Array(new Float64Array([FORMAT_ID]).buffer);
  return [{ name: 'format_id', type: FLOAT64, value: formatId }, text];
}

function smallDatasets(predictions: Predictions, suggestions: readonly number[]): SmallDataset[] {
  const { fileName, video } = predictions;
  // The keys of SLEAP's MediaVideo, then those that sleap-io adds for a video that is not at hand.
  const backend = {
    ...{ filename: fileName, grayscale: null, bgr: true, dataset: '', input_format: '' },
    ...(video?.frames ? { type: 'MediaVideo', shape: [video.frames, video.heightPx, video.widthPx, 3] } : {}),
  };
  return [
    textDataset('videos_json', [JSON.stringify({ backend })]),
    emptyDataset('tracks_json'),
    textDataset(
      'suggestions_json',
      suggestions.map(frame => JSON.stringify({ video: '0', frame_idx: frame, group: 0 })),
    ),
    emptyDataset('points', POINT),
  ];
}

/** In the order in which SlpRows has them. */
function largeDatasets(size: { keypoints: number; rows: number; block: number }): LargeDataset[] {
  const { keypoints, rows, block } = size;
  return [
    { name: 'pred_points', type: PREDICTED_POINT, shape: [keypoints * rows], chunk: [keypoints * block], axis: 0 },
    { name: 'instances', type: INSTANCE, shape: [rows], chunk: [block], axis: 0 },
    { name: 'frames', type: FRAME, shape: [rows], chunk: [block], axis: 0 },
  ];
}
