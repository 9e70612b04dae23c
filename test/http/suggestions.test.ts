/** Frames to label next, over HTTP, from predictions that a worker stored. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Dataset, File as H5File, ready } from 'h5wasm/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { suggestionsSchema } from '../../src/contract/suggestions.ts';
import { useApi } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { handWorker } from '../support/hand-worker.ts';
import { json } from '../support/training-request.ts';

const database = useDatabase();
const api = useApi(database);
const { claim, infer, store, trained } = handWorker(database, api);
let id: number;

/** A walk of 100 frames, unsure in frame 20, with a jump in frame 70. */
beforeAll(async () => {
  id = (await infer(await trained(), { file_name: 'Мышь 1.avi' })).results_id;
  const task = await claim();
  const frame = (i: number) => {
    const score = i === 20 ? 0.25 : 0.75;
    return [i, i === 70 ? 50 : 5, score, i + 1, 6, score];
  };
  for (const firstFrame of [0, 50]) {
    const points = Array.from({ length: 50 }, (_, i) => frame(firstFrame + i));
    await store(task, { firstFrame, times: points.map((_, i) => (firstFrame + i) / 25), points });
  }
});

describe('GET /api/inferences/{id}/suggestions', () => {
  it('names the frames, why, and when they are shown', async () => {
    const { status, body } = await json(api.get(`/api/inferences/${id}/suggestions?count=4`));
    expect(status).toBe(200);
    expect(suggestionsSchema.parse(body)).toEqual(body);
    expect(body).toMatchObject({ results_id: id, file_name: 'Мышь 1.avi', frames_stored: 100 });
    expect(body.suggestions).toEqual([
      { frame: 20, time: 0.8, reason: 'low_score', score: 0.25, jump_px: 0 },
      { frame: 45, time: 1.8, reason: 'spread', score: 0.75, jump_px: 0 },
      { frame: 70, time: 2.8, reason: 'jump', score: 0.75, jump_px: 45 },
      { frame: 85, time: 3.4, reason: 'spread', score: 0.75, jump_px: 0 },
    ]);
    expect(body.slp_suggestions[2]).toEqual({ video: '0', frame_idx: 70, group: 0 });
  });

  it('suggests twenty frames unless it is told how many, and all where there are fewer', async () => {
    const suggested = async (query: string) =>
      (await json(api.get(`/api/inferences/${id}/suggestions${query}`))).body.suggestions.length;
    expect([await suggested(''), await suggested('?count=1000')]).toEqual([20, 100]);
    for (const count of ['0', '-1', '1001', 'many', ''])
      expect((await json(api.get(`/api/inferences/${id}/suggestions?count=${count}`))).body).toMatchObject({
        ...{ status: 400, error: 'invalid_request', detail: expect.stringContaining('count') },
      });
    expect((await api.get('/api/inferences/999999/suggestions')).status).toBe(404);
  });

  it('of an inference without a frame is empty', async () => {
    const { results_id: empty } = await infer(await trained());
    const { body } = await json(api.get(`/api/inferences/${empty}/suggestions`));
    expect(body).toMatchObject({ frames_stored: 0, suggestions: [], slp_suggestions: [] });
  });
});

describe('GET /api/inferences/{id}/suggestions.slp', () => {
  it('is a file for SLEAP with these frames, named after the video', async () => {
    const response = await api.get(`/api/inferences/${id}/suggestions.slp?count=4`);
    expect(response.headers.get('content-disposition')).toContain(
      "filename*=UTF-8''%D0%9C%D1%8B%D1%88%D1%8C%201.suggestions.slp",
    );
    const bytes = new Uint8Array(await response.arrayBuffer());
    expect(response.headers.get('content-length')).toBe(String(bytes.length));
    const folder = await mkdtemp(join(tmpdir(), 'sleap-test-suggestions-'));
    try {
      await writeFile(join(folder, 'a.slp'), bytes);
      await ready;
      const file = new H5File(join(folder, 'a.slp'), 'r');
      const listed = (file.get('suggestions_json') as Dataset).value as string[];
      expect(listed.map(text => JSON.parse(text).frame_idx)).toEqual([20, 45, 70, 85]);
      const frames = (file.get('frames') as Dataset).value as unknown[][];
      expect(frames.map(([, , frame]) => Number(frame))).toEqual([20, 45, 70, 85]);
      file.close();
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('is known again by its tag', async () => {
    const first = await api.get(`/api/inferences/${id}/suggestions.slp`);
    const headers = { 'If-None-Match': first.headers.get('etag')! };
    expect((await api.get(`/api/inferences/${id}/suggestions.slp`, { headers })).status).toBe(304);
    expect((await api.get(`/api/inferences/${id}/suggestions.slp?count=3`, { headers })).status).toBe(200);
  });
});
