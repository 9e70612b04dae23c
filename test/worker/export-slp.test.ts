/** predictions.slp as the HDF5 library reads it. */
import fc from 'fast-check';
import type { Dataset, File, Group } from 'h5wasm';
import { describe, expect, it } from 'vitest';
import type { ExportFile } from '../../src/exports/export-file.ts';
import { slpFile } from '../../src/exports/slp.ts';
import { suggestedSlpFile } from '../../src/exports/suggested-slp.ts';
import { anyPredictions, bytesOf, chainSkeleton, makePredictions, openExport } from '../support/hdf5-predictions.ts';
import { scratchFolder } from '../support/scratch.ts';

const scratch = scratchFolder();

const opened = <T>(file: ExportFile, use: (file: File) => T) => openExport(scratch.path('predictions.slp'), file, use);

const rowsOf = (file: File, name: string) => (file.get(name) as Dataset).value as (number | bigint)[][];
const textsOf = (file: File, name: string) => (file.get(name) as Dataset).value as string[];
const metadataOf = (file: File) => {
  const { attrs } = file.get('metadata') as Group;
  return { formatId: attrs.format_id!.value, json: JSON.parse(attrs.json!.value as string) };
};

const length = (count: number) => ({ shape: [count] });

describe('predictions.slp', () => {
  it('holds a frame, an instance and its points for each frame in which anything was found', async () => {
    const drawn = fc.tuple(anyPredictions, fc.integer({ min: 1, max: 9 }));
    const check = async ([{ predictions, stored, found }, blockFrames]: [ReturnType<typeof makePredictions>, number]) =>
      opened(slpFile(predictions, { blockFrames }), file => {
        const keypoints = predictions.skeleton.keypoints.length;
        const points = found.flatMap(frame => stored.get(frame)!);
        expect(file.get('frames')).toMatchObject(length(found.length));
        expect(file.get('instances')).toMatchObject(length(found.length));
        expect(file.get('pred_points')).toMatchObject(length(points.length));
        expect(file.get('points')).toMatchObject(length(0));
        if (found.length === 0) return;
        expect(rowsOf(file, 'pred_points')).toEqual(
          points.map(([x, y, score]) => [x, y, Number.isNaN(x) ? 0 : 1, 0, score]),
        );
        const ids = found.map((_, i) => BigInt(i));
        expect(rowsOf(file, 'frames')).toEqual(
          found.map((frame, i) => [ids[i], 0, BigInt(frame), ids[i], ids[i]! + 1n]),
        );
        for (const [i, row] of rowsOf(file, 'instances').entries()) {
          const sum = stored.get(found[i]!)!.reduce((total, [, , score]) => total + score, 0);
          const [start, end] = [BigInt(i * keypoints), BigInt((i + 1) * keypoints)];
          expect(row).toEqual([ids[i], 1, ids[i], 0, -1, -1n, Math.fround(sum), start, end, 0]);
        }
      });
    await fc.assert(fc.asyncProperty(drawn, check), { numRuns: 40 });
  });

  it('is read through an index of several levels', async () => {
    const { predictions, found } = makePredictions(chainSkeleton(1), [{ gap: 3, frames: 4200, step: 1 }], 0);
    await opened(slpFile(predictions, { blockFrames: 1 }), file => {
      expect(found.length).toBeGreaterThan(64 * 64);
      expect(rowsOf(file, 'frames').map(row => row[2])).toEqual(found.map(BigInt));
    });
  });

  it('describes the skeleton, the video and where the file comes from', async () => {
    const skeleton = { ...chainSkeleton(4), symmetries: [[1, 3]] as [number, number][] };
    const { predictions } = makePredictions(skeleton, [{ gap: 0, frames: 4, step: 1 }]);
    await opened(slpFile(predictions), file => {
      const { formatId, json } = metadataOf(file);
      expect(formatId).toBe(1.2);
      expect(json.nodes.map(({ name }: { name: string }) => name)).toEqual(['Näse', '__proto__', '左耳', 'keypoint 3']);
      const reduce = (type: number) => ({
        'py/reduce': [{ 'py/type': 'sleap.skeleton.EdgeType' }, { 'py/tuple': [type] }],
      });
      expect(json.skeletons[0].links).toEqual([
        { edge_insert_idx: 0, key: 0, source: 0, target: 1, type: reduce(1) },
        { edge_insert_idx: 1, key: 0, source: 1, target: 2, type: { 'py/id': 1 } },
        { edge_insert_idx: 2, key: 0, source: 2, target: 3, type: { 'py/id': 1 } },
        { key: 0, source: 1, target: 3, type: reduce(2) },
        { key: 0, source: 3, target: 1, type: { 'py/id': 2 } },
      ]);
      expect(json.skeletons[0].nodes).toEqual([{ id: 0 }, { id: 1 }, { id: 2 }, { id: 3 }]);
      expect(json.provenance).toMatchObject({
        results_id: 7,
        video: 'Käfig 3.mp4',
        inference_config: { peak_threshold: 0.2 },
      });
      const backend = JSON.parse(textsOf(file, 'videos_json')[0]!).backend;
      expect(backend).toMatchObject({ filename: 'Käfig 3.mp4', grayscale: null, shape: [4, 480, 640, 3] });
      expect(file.get('tracks_json')).toMatchObject({ ...length(0), dtype: '<d' });
      expect(file.get('suggestions_json')).toMatchObject({ ...length(0), dtype: '<d' });
    });
  });

  it('keeps two edges between the same keypoints apart', async () => {
    const skeleton = {
      keypoints: ['a', 'b'],
      edges: [[0, 1]] as [number, number][],
      symmetries: [[0, 1]] as [number, number][],
    };
    const { predictions } = makePredictions(skeleton, []);
    const keys = await opened(slpFile(predictions), file =>
      metadataOf(file).json.skeletons[0].links.map(({ key }: { key: number }) => key),
    );
    expect(keys).toEqual([0, 1, 0]);
  });

  it('suggests chosen frames, with what was predicted in these alone', async () => {
    const shapes = [0, 1, 2].map(gap => ({ gap, frames: 50, step: 2 }));
    const { predictions, stored, found, reads } = makePredictions(chainSkeleton(3), shapes);
    const chosen = [found[20]!, found[3]!, [...stored.keys()].find(frame => !found.includes(frame))!];
    const file = await suggestedSlpFile(predictions, chosen);
    expect(reads.length).toBeLessThan(shapes.length);
    await opened(file, read => {
      expect(textsOf(read, 'suggestions_json').map(text => JSON.parse(text))).toEqual(
        chosen.map(frame => ({ video: '0', frame_idx: frame, group: 0 })),
      );
      expect(rowsOf(read, 'frames').map(row => row[2])).toEqual([found[3]!, found[20]!].map(BigInt));
      const points = [found[3]!, found[20]!].flatMap(frame => stored.get(frame)!);
      expect(rowsOf(read, 'pred_points').map(([x, y, , , score]) => [x, y, score])).toEqual(points);
    });
  });

  it('says so when the names do not fit, and shortens a long list of frames', async () => {
    const long = { ...chainSkeleton(1), keypoints: ['x'.repeat(70_000)] };
    expect(() => slpFile(makePredictions(long, []).predictions)).toThrow(/too large for a .slp file/);
    const { predictions } = makePredictions(chainSkeleton(1), []);
    const frames = Array.from({ length: 20_000 }, (_, i) => 2 * i).join();
    await opened(slpFile({ ...predictions, inferenceConfig: { frames } }), file => {
      expect(metadataOf(file).json.provenance.inference_config.frames).toMatch(/^0,2,4,.*…$/);
    });
  });

  it('ends with an error when a run holds fewer or more detections than it says', async () => {
    const { predictions } = makePredictions(chainSkeleton(2), [{ gap: 0, frames: 9, step: 1 }]);
    for (const found of [1, 10]) {
      const runs = predictions.runs.map(run => ({ ...run, found }));
      await expect(bytesOf(slpFile({ ...predictions, runs }))).rejects.toMatchObject({ code: 'internal' });
    }
  });
});
