/** predictions.analysis.h5 as the HDF5 library reads it. */
import fc from 'fast-check';
import type { Dataset, File } from 'h5wasm';
import { describe, expect, it } from 'vitest';
import { analysisFile } from '../../src/exports/analysis-h5.ts';
import type { ExportFile } from '../../src/exports/export-file.ts';
import {
  anyPredictions,
  chainSkeleton,
  type MadePredictions,
  makePredictions,
  openExport,
} from '../support/hdf5-predictions.ts';
import { scratchFolder } from '../support/scratch.ts';

const scratch = scratchFolder();

const opened = <T>(file: ExportFile, use: (file: File) => T) =>
  openExport(scratch.path('predictions.analysis.h5'), file, use);

const dataset = (file: File, name: string) => file.get(name) as Dataset;
const numbers = (file: File, name: string) => [...(dataset(file, name).value as Float64Array)];

/** All columns as the file is to have them. */
function expected({ predictions, stored, found }: MadePredictions) {
  const frames = Math.max(-1, ...stored.keys()) + 1;
  const seen = new Set(found);
  const column = (value: (frame: number) => number, missing = Number.NaN) =>
    Array.from({ length: frames }, (_, frame) => (seen.has(frame) ? value(frame) : missing));
  const keypoints = [...predictions.skeleton.keypoints.keys()];
  const part = (i: 0 | 1 | 2) => keypoints.flatMap(k => column(frame => stored.get(frame)![k]![i]));
  const score = (frame: number) => stored.get(frame)!.reduce((sum, points) => sum + points[2], 0);
  return {
    ...{ frames, tracks: [...part(0), ...part(1)], point_scores: part(2), instance_scores: column(score) },
    ...{ tracking_scores: column(() => 0), track_occupancy: column(() => 1, 0) },
  };
}

describe('predictions.analysis.h5', () => {
  it('has a column for each frame up to the last one predicted, NaN where nothing was found', async () => {
    const check = async (made: MadePredictions, blockFrames: number) =>
      opened(analysisFile(made.predictions, { blockFrames }), file => {
        const { frames, ...columns } = expected(made);
        const k = made.predictions.skeleton.keypoints.length;
        const shapes = {
          ...{ tracks: [1, 2, k, frames], point_scores: [1, k, frames], instance_scores: [1, frames] },
          ...{ tracking_scores: [1, frames], track_occupancy: [frames, 1] },
        };
        for (const [name, shape] of Object.entries(shapes)) {
          expect(dataset(file, name)).toMatchObject({ shape, dtype: name === 'track_occupancy' ? '<B' : '<d' });
          expect(numbers(file, name), name).toEqual(columns[name as keyof typeof columns]);
        }
      });
    await fc.assert(fc.asyncProperty(anyPredictions, fc.integer({ min: 1, max: 9 }), check), { numRuns: 40 });
  });

  it('is read through an index of several levels', async () => {
    const made = makePredictions(chainSkeleton(1), [{ gap: 3, frames: 4200, step: 1 }]);
    await opened(analysisFile(made.predictions, { blockFrames: 1 }), file => {
      expect(numbers(file, 'tracks')).toEqual(expected(made).tracks);
    });
  });

  it('leaves out long stretches without a prediction', async () => {
    const shapes = [0, 1_000_000].map(gap => ({ gap, frames: 5, step: 1 }));
    const made = makePredictions(chainSkeleton(2), shapes, 0);
    const file = analysisFile(made.predictions);
    expect(file.sizeBytes).toBeLessThan(3 * 2 ** 20);
    await opened(file, read => {
      const occupied = numbers(read, 'track_occupancy').flatMap((seen, frame) => (seen === 1 ? [frame] : []));
      expect(occupied).toEqual([0, 1, 2, 3, 4, 1_000_005, 1_000_006, 1_000_007, 1_000_008, 1_000_009]);
      const scores = dataset(read, 'instance_scores').value as Float64Array;
      expect(scores[500_000]).toBeNaN();
      expect(scores.length).toBe(1_000_010);
    });
  });

  it('names keypoints, edges, axes and where it comes from', async () => {
    const skeleton = { ...chainSkeleton(3), symmetries: [[0, 2]] as [number, number][] };
    const { predictions } = makePredictions(skeleton, [{ gap: 0, frames: 4, step: 1 }]);
    await opened(analysisFile(predictions), file => {
      expect(dataset(file, 'node_names').value).toEqual(['Näse', '__proto__', '左耳']);
      expect(dataset(file, 'edge_names').to_array()).toEqual([
        ['Näse', '__proto__'],
        ['__proto__', '左耳'],
      ]);
      expect(dataset(file, 'edge_inds').value).toEqual(new BigInt64Array([0n, 1n, 1n, 2n]));
      expect(dataset(file, 'edge_inds').shape).toEqual([2, 2]);
      expect(dataset(file, 'track_names')).toMatchObject({ shape: [0], dtype: '<d' });
      expect(dataset(file, 'video_path').value).toBe('Käfig 3.mp4');
      expect(dataset(file, 'labels_path').value).toBe('');
      expect(dataset(file, 'video_ind').value).toBe(0n);
      expect(JSON.parse(dataset(file, 'provenance').value as string)).toMatchObject({ results_id: 7 });
      expect(dataset(file, 'tracks').attrs.dims!.value).toBe('["track","xy","node","frame"]');
      expect(file.attrs.skeleton_symmetries!.value).toBe('[["Näse","左耳"]]');
    });
  });

  it('has empty lists of edges for one keypoint, as SLEAP', async () => {
    const { predictions } = makePredictions(chainSkeleton(1), []);
    await opened(analysisFile(predictions), file => {
      for (const name of ['edge_names', 'edge_inds'])
        expect(dataset(file, name)).toMatchObject({ shape: [0], dtype: '<d' });
    });
  });
});
