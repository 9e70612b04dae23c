/** Predictions as files: what is in each, their names and versions, and going on with a download that broke off. */
import { eq } from 'drizzle-orm';
import { beforeEach, describe, expect, it } from 'vitest';
import { PREDICTION_FILES, predictionFilesSchema } from '../../src/contract/prediction-files.ts';
import { models, predictionChunks } from '../../src/db/schema.ts';
import { settleTask } from '../../src/queue/settle.ts';
import { useApi } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { handWorker } from '../support/hand-worker.ts';
import { json } from '../support/training-request.ts';

const database = useDatabase();
const api = useApi(database);
const hand = handWorker(database, api);

beforeEach(() => database.client.db.delete(models).then(() => {}));

const { NaN: none } = Number;
const FRAME = [1.5, 2.123456, 0.9, none, none, 0.123456];
const NOTHING = [none, none, 0.1, none, none, 0.05];
const TEXTS = [
  'predictions.json',
  'predictions.ndjson',
  'predictions.csv',
  'predictions.dlc.csv',
  'predictions.coco.json',
];

async function running(fileName = 'mouse 1.avi') {
  const uid = await hand.trained();
  const { results_id: id } = await hand.infer(uid, { file_name: fileName });
  return { uid, id, task: await hand.claim(), path: `/api/inferences/${id}/predictions` };
}
/** Frames in chunks of 200, every third without a detection. */
async function withFrames(chunks: number) {
  const inference = await running();
  for (let i = 0; i < chunks; i++) {
    const points = Array.from({ length: 200 }, (_, j) => (j % 3 === 0 ? NOTHING : [i, j, 0.5, 1.25, 2.5, 0.75]));
    await hand.store(inference.task, { firstFrame: i * 200, points });
  }
  return inference;
}
const bytesOf = async (path: string, headers: Record<string, string> = {}) =>
  Buffer.from(await (await api.get(path, { headers })).arrayBuffer());
const etagOf = async (path: string) => (await api.get(path, { method: 'HEAD' })).headers.get('etag')!;

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
    const heads = await Promise.all(TEXTS.map(name => api.get(path.replace('predictions', name), { method: 'HEAD' })));
    const of = (header: string) => heads.map(({ headers }) => headers.get(header));
    expect(of('content-type')).toEqual([
      ...['application/json', 'application/x-ndjson', 'text/csv; charset=utf-8', 'text/csv; charset=utf-8'],
      'application/json',
    ]);
    expect(of('content-disposition')).toEqual(
      TEXTS.map((name, i) => {
        const kind = i < 2 ? 'inline' : 'attachment';
        return `${kind}; filename="M_use 1.${name}"; filename*=UTF-8''M%C3%A4use%201.${name}`;
      }),
    );
  });

  it('holds headers and no frames before there are any, also while the inference waits', async () => {
    const { results_id: id } = await hand.infer(await hand.trained());
    for (const name of TEXTS) {
      const response = await api.get(`/api/inferences/${id}/${name}`);
      expect(response.status, name).toBe(200);
      const text = await response.text();
      if (name.endsWith('.json')) expect(JSON.parse(text).images ?? JSON.parse(text).frames).toEqual([]);
      else expect(text.split('\n').length).toBe({ ndjson: 1, csv: 2, 'dlc.csv': 4 }[name.replace('predictions.', '')]);
    }
  });

  it('is 404 for an unknown inference, and for an unknown format with the names there are', async () => {
    for (const name of [...TEXTS.map(text => text.replace('predictions', '/predictions')), '/predictions'])
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
    const { path } = await withFrames(1);
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

describe('a version of a file of predictions', () => {
  it('has a tag that changes when frames come, and with what was asked for', async () => {
    const { task, path } = await withFrames(1);
    const addresses = [
      ...TEXTS.map(name => path.replace('predictions', name)),
      `${path}.csv?empty_frames=true`,
      `${path}.json?after=3`,
    ];
    const before = await Promise.all(addresses.map(etagOf));
    expect(await Promise.all(addresses.map(etagOf))).toEqual(before);
    expect(new Set(before).size).toBe(addresses.length);
    for (const tag of before) expect(tag).toMatch(/^"[0-9a-f]{64}"$/);
    await hand.store(task, { firstFrame: 900, points: [NOTHING] });
    const after = await Promise.all(addresses.map(etagOf));
    expect(new Set([...before, ...after]).size).toBe(2 * addresses.length);
    await settleTask(database.client.db, task.lease, { end: 'succeeded' });
    const ended = await Promise.all(addresses.map(etagOf));
    // The state stands in JSON alone.
    expect(addresses.filter((_, i) => ended[i] !== after[i])).toEqual([`${path}.json`, `${path}.json?after=3`]);
  });

  it('of another inference has another tag', async () => {
    const one = await etagOf(`${(await withFrames(1)).path}.csv`);
    expect(await etagOf(`${(await withFrames(1)).path}.csv`)).not.toBe(one);
  });

  it('is not sent again to who has it', async () => {
    const { task, path } = await withFrames(1);
    const headers = { 'If-None-Match': await etagOf(`${path}.csv`) };
    expect((await api.get(`${path}.csv`, { headers })).status).toBe(304);
    await hand.store(task, { firstFrame: 900, points: [FRAME] });
    const anew = await api.get(`${path}.csv`, { headers });
    expect([anew.status, (await anew.text()).split('\n').at(-2)]).toEqual([200, ',900,1.0235,1.5,2.1235,0.9,,,0.1235']);
  });

  it('tells its length once that is known, and HEAD never makes it', async () => {
    const { path } = await withFrames(60);
    const head = await api.get(`${path}.json`, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, null]);
    expect((await head.arrayBuffer()).byteLength).toBe(0);
    const first = await api.get(`${path}.json`);
    expect(first.headers.get('content-length')).toBeNull();
    const sizeBytes = (await first.arrayBuffer()).byteLength;
    for (const method of ['GET', 'HEAD']) {
      const response = await api.get(`${path}.json`, { method });
      expect(response.headers.get('content-length')).toBe(String(sizeBytes));
      await response.arrayBuffer();
    }
  });
});

describe('a part of a file of predictions', () => {
  it.each(Object.keys(PREDICTION_FILES))('%s is what stands there, wherever it begins', async name => {
    const path = (await withFrames(8)).path.replace('predictions', name);
    // Before anybody asked for the whole.
    const end = await api.get(path, { headers: { Range: 'bytes=-500' } });
    expect(end.status).toBe(206);
    const tail = Buffer.from(await end.arrayBuffer());
    const whole = await bytesOf(path);
    expect(tail.equals(whole.subarray(-500))).toBe(true);
    expect(end.headers.get('content-range')).toBe(`bytes ${whole.length - 500}-${whole.length - 1}/${whole.length}`);
    for (let i = 0; i < 12; i++) {
      const first = Math.floor((i / 12) * whole.length);
      const last = i % 4 === 0 ? null : Math.min(first + 7 ** (i % 6), whole.length - 1);
      const part = await bytesOf(path, { Range: `bytes=${first}-${last ?? ''}` });
      expect(part.equals(whole.subarray(first, last === null ? undefined : last + 1)), `${first}-${last}`).toBe(true);
    }
  });

  it('goes on where a download broke off, unless frames came meanwhile', async () => {
    const { task, path } = await withFrames(60);
    const broken = new AbortController();
    const response = await api.get(`${path}.csv`, { signal: broken.signal });
    const etag = response.headers.get('etag')!;
    const { value: start } = await response.body!.getReader().read();
    broken.abort();
    const headers = { Range: `bytes=${start!.length}-`, 'If-Range': etag };
    const rest = await api.get(`${path}.csv`, { headers });
    expect(rest.status).toBe(206);
    const whole = await bytesOf(`${path}.csv`);
    expect(Buffer.concat([start!, Buffer.from(await rest.arrayBuffer())]).equals(whole)).toBe(true);

    await hand.store(task, { firstFrame: 60 * 200, points: [FRAME] });
    const anew = await api.get(`${path}.csv`, { headers });
    expect(anew.status).toBe(200);
    expect((await anew.arrayBuffer()).byteLength).toBeGreaterThan(whole.length);
  });

  it('behind the end is refused with the size', async () => {
    const { path } = await withFrames(1);
    const sizeBytes = (await bytesOf(`${path}.csv`)).length;
    const response = await api.get(`${path}.csv`, { headers: { Range: `bytes=${sizeBytes}-` } });
    expect([response.status, response.headers.get('content-range')]).toEqual([416, `bytes */${sizeBytes}`]);
    expect((await json(Promise.resolve(response))).body.error).toBe('range_not_satisfiable');
    // Nothing at all is in it, and so no part either.
    const { results_id: id } = await hand.infer(await hand.trained());
    const empty = await api.get(`/api/inferences/${id}/predictions.ndjson`, { headers: { Range: 'bytes=0-' } });
    expect([empty.status, empty.headers.get('content-range')]).toEqual([416, 'bytes */0']);
  });
});

it('100,000 frames are sent as one file', async () => {
  const { task, path } = await running();
  const points = Array.from({ length: 1000 }, (_, j) => (j % 2 === 0 ? NOTHING : FRAME));
  for (let i = 0; i < 100; i++) await hand.store(task, { firstFrame: i * 1000, points });
  const lines = String(await bytesOf(`${path}.csv`)).split('\n');
  expect([lines.length, lines.at(-2)]).toEqual([50_002, ',99999,1.0235,1.5,2.1235,0.9,,,0.1235']);
});
