/** Predictions as files: what is in each, what they are called, and the list of them. Their downloads are in prediction-downloads.test.ts. */
import { eq } from 'drizzle-orm';
import { beforeEach, describe, expect, it } from 'vitest';
import { PREDICTION_FILES, predictionFilesSchema } from '../../src/contract/prediction-files.ts';
import { models, predictionChunks } from '../../src/db/schema.ts';
import { useApi } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { handWorker } from '../support/hand-worker.ts';
import { FRAME, NOTHING, TEXT_FILES } from '../support/prediction-frames.ts';
import { json } from '../support/training-request.ts';

const database = useDatabase();
const api = useApi(database);
const hand = handWorker(database, api);

beforeEach(() => database.client.db.delete(models).then(() => {}));

async function running(fileName = 'mouse 1.avi') {
  const uid = await hand.trained();
  const { results_id: id } = await hand.infer(uid, { file_name: fileName });
  return { uid, id, task: await hand.claim(), path: `/api/inferences/${id}/predictions` };
}
const bytesOf = async (path: string) => Buffer.from(await (await api.get(path)).arrayBuffer());

describe('GET /api/inferences/{id}/predictions.*', () => {
  it('gives CSV as SLEAP and DeepLabCut write it', async () => {
    const { uid, task, path } = await running();
    await hand.store(task, { firstFrame: 0, step: 5, points: [FRAME, NOTHING] });
    const header =
      'track,frame_idx,instance.score,nose.x,nose.y,nose.score,"tail ""tip"".x","tail ""tip"".y","tail ""tip"".score"\n';
    const row = ',0,1.0235,1.5,2.1235,0.9,,,0.1235\n';
    expect(String(await bytesOf(`${path}.csv`))).toBe(header + row);
    expect(String(await bytesOf(`${path}.csv?empty_frames=false`))).toBe(header + row);
    expect(String(await bytesOf(`${path}.csv?empty_frames=true`))).toBe(`${header}${row},5,,,,,,,\n`);
    const scorer = `SLEAP_${uid.slice(0, 8)}`;
    const name = '"tail ""tip"""';
    expect(String(await bytesOf(`${path}.dlc.csv`))).toBe(
      `scorer${`,${scorer}`.repeat(6)}\nbodyparts,nose,nose,nose,${name},${name},${name}\n` +
        'coords,x,y,likelihood,x,y,likelihood\n0,1.5,2.1235,0.9,,,0.1235\n5,,,0.1,,,0.05\n',
    );
    const { status, body } = await json(api.get(`${path}.csv?empty_frames=yes`));
    expect([status, body.detail]).toEqual([400, 'empty_frames: "yes" is neither true nor false.']);
  });

  it('gives COCO keypoints', async () => {
    const { task, path } = await running();
    await hand.store(task, { firstFrame: 7, points: [FRAME, NOTHING] });
    const { body } = await json(api.get(`${path}.coco.json`));
    expect(body).toMatchObject({
      images: [
        { id: 8, file_name: 'mouse 1/frame_000007.png', video: 'mouse 1.avi', frame: 7 },
        { id: 9, file_name: 'mouse 1/frame_000008.png', video: 'mouse 1.avi', frame: 8 },
      ],
      annotations: [
        {
          ...{ id: 8, image_id: 8, category_id: 1, iscrowd: 0, num_keypoints: 1, area: 0, score: 1.0235 },
          ...{ keypoints: [1.5, 2.1235, 2, 0, 0, 0], bbox: [1.5, 2.1235, 0, 0] },
        },
      ],
      categories: [{ id: 1, keypoints: ['nose', 'tail "tip"'], skeleton: [[1, 2]] }],
    });
  });

  it('keeps a keypoint whose name means something to JavaScript', async () => {
    const skeleton = { keypoints: ['__proto__', 'constructor'], edges: [] };
    const { results_id: id } = await hand.infer(await hand.trained(skeleton));
    await hand.store(await hand.claim(), { firstFrame: 0, points: [FRAME] });
    const [frame] = (await json(api.get(`/api/inferences/${id}/predictions.json`))).body.frames;
    expect(Object.keys(frame.keypoints)).toEqual(['__proto__', 'constructor']);
    expect(String(await bytesOf(`/api/inferences/${id}/predictions.csv`))).toContain('__proto__.x,__proto__.y');
  });

  it('is named after the video; what a browser can show it shows', async () => {
    const { path } = await running('Mäuse 1.avi');
    const heads = await Promise.all(
      TEXT_FILES.map(name => api.get(path.replace('predictions', name), { method: 'HEAD' })),
    );
    const of = (header: string) => heads.map(({ headers }) => headers.get(header));
    expect(of('content-type')).toEqual([
      ...['application/json', 'application/x-ndjson', 'text/csv; charset=utf-8', 'text/csv; charset=utf-8'],
      'application/json',
    ]);
    expect(of('content-disposition')).toEqual(
      TEXT_FILES.map((name, i) => {
        const kind = i < 2 ? 'inline' : 'attachment';
        return `${kind}; filename="M_use 1.${name}"; filename*=UTF-8''M%C3%A4use%201.${name}`;
      }),
    );
  });

  it('holds headers and no frames before there are any, also while the inference waits', async () => {
    const { results_id: id } = await hand.infer(await hand.trained());
    for (const name of TEXT_FILES) {
      const response = await api.get(`/api/inferences/${id}/${name}`);
      expect(response.status, name).toBe(200);
      const text = await response.text();
      if (name.endsWith('.json')) expect(JSON.parse(text).images ?? JSON.parse(text).frames).toEqual([]);
      else expect(text.split('\n').length).toBe({ ndjson: 1, csv: 2, 'dlc.csv': 4 }[name.replace('predictions.', '')]);
    }
  });

  it('is 404 for an unknown inference, and for an unknown format with the names there are', async () => {
    for (const name of [...TEXT_FILES.map(text => text.replace('predictions', '/predictions')), '/predictions'])
      for (const id of ['999999', 'x']) expect((await api.get(`/api/inferences/${id}${name}`)).status, name).toBe(404);
    const { path } = await running();
    for (const ending of ['.xlsx', '.', '.CSV', '.__proto__', '.toString']) {
      const { status, body } = await json(api.get(path + ending));
      expect([status, body.error]).toEqual([404, 'not_found']);
      expect(body.remedy).toBe(`Ask for one of ${Object.keys(PREDICTION_FILES).join(', ')}.`);
    }
  });

  it('counts the found frames of chunks that older versions stored, once', async () => {
    const { id, task, path } = await running();
    await hand.store(task, { firstFrame: 0, points: [NOTHING, NOTHING] });
    await hand.store(task, { firstFrame: 2, points: [NOTHING, FRAME, FRAME] });
    const { db } = database.client;
    await db.update(predictionChunks).set({ found: null }).where(eq(predictionChunks.inferenceId, id));
    expect((await json(api.get(`${path}.coco.json`))).body.annotations).toHaveLength(2);
    const rows = await db.select({ found: predictionChunks.found }).from(predictionChunks);
    expect(rows.map(({ found }) => found).toSorted()).toEqual([0, 2]);
  });
});

describe('GET /api/inferences/{id}/predictions', () => {
  it('lists the files there are', async () => {
    const { task, path } = await running();
    await hand.store(task, { firstFrame: 0, points: [FRAME, NOTHING] });
    const sizeBytes = (await bytesOf(`${path}.csv`)).length;
    const { files } = predictionFilesSchema.parse((await json(api.get(path))).body);
    expect(files.map(({ name }) => name)).toEqual(Object.keys(PREDICTION_FILES));
    for (const { name, url, type } of files) {
      const head = await api.get(url, { method: 'HEAD' });
      expect([head.status, head.headers.get('content-type')], name).toEqual([200, type]);
    }
    const sizes = Object.fromEntries(files.map(({ name, size_bytes }) => [name, size_bytes]));
    // One was made, the other not yet.
    expect(sizes).toMatchObject({ 'predictions.csv': sizeBytes, 'predictions.json': null });
  });
});

it('100,000 frames are sent as one file', async () => {
  const { task, path } = await running();
  const points = Array.from({ length: 1000 }, (_, j) => (j % 2 === 0 ? NOTHING : FRAME));
  for (let i = 0; i < 100; i++) await hand.store(task, { firstFrame: i * 1000, points });
  const lines = String(await bytesOf(`${path}.csv`)).split('\n');
  expect([lines.length, lines.at(-2)]).toEqual([50_002, ',99999,1.0235,1.5,2.1235,0.9,,,0.1235']);
});
