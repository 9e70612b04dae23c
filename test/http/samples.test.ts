/** GET /api/models/{uid}/samples and the pictures beside it, over what a worker played by hand has stored. */
import { eq } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { type Samples, samplesSchema } from '../../src/contract/samples.ts';
import { models } from '../../src/db/schema.ts';
import { useApi } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { handWorker } from '../support/hand-worker.ts';
import { PICTURE, storeSamples } from '../support/stored-samples.ts';
import { json, submit } from '../support/training-request.ts';

const database = useDatabase();
const api = useApi(database, { POLL_SECONDS: '30' });
const hand = handWorker(database, api);
const UNKNOWN = '5f0c3a52-0000-4000-8000-000000000000';

const { NaN: none } = Number;
const read = async (uid: string, query = ''): Promise<Samples> => {
  const { status, body } = await json(api.get(`/api/models/${uid}/samples${query}`));
  expect(status, JSON.stringify(body)).toBe(200);
  return samplesSchema.parse(body);
};
const epochsOf = ({ epochs }: Samples) => epochs.map(({ epoch }) => epoch);

/** A model with one sample frame and as many epochs, whose best is `bestEpoch`. */
async function longTraining(epochs: number, bestEpoch: number | null): Promise<string> {
  const uid = await hand.trained();
  const found = Object.fromEntries(Array.from({ length: epochs }, (_, epoch) => [epoch, [[epoch, 2, 1, 3, 4, 1]]]));
  await storeSamples(database.client.db, uid, { truth: [[1, 2, 3, 4]], found });
  await database.client.db.update(models).set({ bestEpoch }).where(eq(models.uid, uid));
  return uid;
}

describe('the samples of a model', () => {
  it('are its frames with labels and picture, and what each epoch found, in original pixels', async () => {
    const uid = await hand.trained();
    await storeSamples(database.client.db, uid, {
      truth: [
        [100.25, 200, none, none],
        [1.123456, 2, 3, 4],
      ],
      found: {
        3: [
          [101, 202.5, 0.875, none, none, 0.125],
          [1, 2, 0.5, 3.00001, 4, 1.25],
        ],
      },
    });
    const frame = { width_px: 1280, height_px: 960, picture_width_px: 640, picture_height_px: 480 };
    const url = (n: number) => ({ name: `images/${n}.png`, picture_url: `/api/models/${uid}/samples/${n}.jpg` });
    expect(await read(uid)).toEqual({
      keypoints: ['nose', 'tail "tip"'],
      edges: [[0, 1]],
      frames: [
        { ...frame, ...url(0), truth: [[100.25, 200], null] },
        {
          ...{ ...frame, ...url(1) },
          truth: [
            [1.1235, 2],
            [3, 4],
          ],
        },
      ],
      epochs: [
        {
          epoch: 3,
          points: [
            [[101, 202.5, 0.875], null],
            [
              [1, 2, 0.5],
              [3, 4, 1.25],
            ],
          ],
        },
      ],
    });
  });

  it('are empty lists before the dataset was read, and where a version of before has trained', async () => {
    const { model_uid: waiting } = await submit(api);
    expect(await read(waiting)).toEqual({ keypoints: [], edges: [], frames: [], epochs: [] });
    await hand.claim();
    expect(await read(await hand.trained())).toMatchObject({
      keypoints: ['nose', 'tail "tip"'],
      frames: [],
      epochs: [],
    });
  });

  it('after an epoch are those of later ones; the frames are always there', async () => {
    const uid = await longTraining(5, 1);
    expect(epochsOf(await read(uid))).toEqual([0, 1, 2, 3, 4]);
    const rest = await read(uid, '?after=2');
    expect([epochsOf(rest), rest.frames.length]).toEqual([[3, 4], 1]);
    expect(epochsOf(await read(uid, '?after=-1'))).toEqual([0, 1, 2, 3, 4]);
    expect(epochsOf(await read(uid, '?after=4'))).toEqual([]);
    for (const wrong of ['x', '-2', '1.5', '99999999999'])
      expect((await json(api.get(`/api/models/${uid}/samples?after=${wrong}`))).body, wrong).toMatchObject({
        ...{ status: 400, error: 'invalid_request' },
      });
  });

  it('of a long training are 200 evenly spaced epochs, the first, the best and the last among them', async () => {
    const uid = await longTraining(1001, 502);
    const chosen = await read(uid);
    const epochs = epochsOf(chosen);
    expect([epochs.length, epochs[0], epochs.at(-1)]).toEqual([200, 0, 1000]);
    expect(epochs).toContain(502);
    const gaps = epochs.slice(1).map((epoch, i) => epoch - epochs[i]!);
    expect(Math.max(...gaps)).toBe(6);
    // No gap is small but for the two beside the best, which comes as it is.
    expect(gaps.filter(gap => gap < 5).length).toBeLessThanOrEqual(2);
    for (const { epoch, points } of chosen.epochs) expect(points[0]![0]).toEqual([epoch, 2, 1]);

    const rest = epochsOf(await read(uid, '?after=499'));
    expect([rest.length, rest[0], rest.includes(502), rest.at(-1)]).toEqual([200, 500, true, 1000]);
    const behind = epochsOf(await read(uid, '?after=502'));
    expect([behind.length, behind[0], behind.at(-1)]).toEqual([199, 503, 1000]);
    expect(epochsOf(await read(uid, '?after=800'))).toEqual(Array.from({ length: 200 }, (_, i) => 801 + i));
  });

  it('are asked for without a body where nothing changed', async () => {
    const uid = await longTraining(2, 1);
    const etag = (await api.get(`/api/models/${uid}/samples`)).headers.get('etag')!;
    const again = await api.get(`/api/models/${uid}/samples`, { headers: { 'If-None-Match': etag } });
    expect([again.status, await again.text()]).toEqual([304, '']);
  });

  it('of no model are not found', async () => {
    for (const uid of [UNKNOWN, 'x'])
      expect((await json(api.get(`/api/models/${uid}/samples`))).body).toMatchObject({ error: 'not_found' });
  });
});

describe('the picture of a sample frame', () => {
  it('is a JPEG that a browser keeps, and is not sent again to who has it', async () => {
    const uid = await longTraining(1, 0);
    const { frames } = await read(uid);
    const path = frames[0]!.picture_url;
    const got = await api.get(path);
    expect(Buffer.from(await got.arrayBuffer())).toEqual(PICTURE);
    expect([got.status, got.headers.get('content-type')]).toEqual([200, 'image/jpeg']);
    expect(got.headers.get('cache-control')).toBe('private, max-age=31536000, immutable');
    const etag = got.headers.get('etag')!;
    const again = await api.get(path, { headers: { 'If-None-Match': etag } });
    expect([again.status, again.headers.get('etag'), await again.text()]).toEqual([304, etag, '']);
    expect((await api.get(path, { headers: { 'If-None-Match': '"another"' } })).status).toBe(200);
    const other = await api.get(`/api/models/${await longTraining(1, 0)}/samples/0.jpg`);
    expect([other.status, other.headers.get('etag') === etag]).toEqual([200, false]);
  });

  it.each([
    ['a frame there is not', (uid: string) => `${uid}/samples/1.jpg`, /has no sample frame 1\.$/],
    ['another kind of file', (uid: string) => `${uid}/samples/0.png`, /There is no GET/],
    ['no model', () => `${UNKNOWN}/samples/0.jpg`, /does not exist/],
    ['what is no uid', () => 'x/samples/0.jpg', /is no model_uid/],
  ])('of %s is not found', async (_, path, sentence) => {
    const uid = await longTraining(1, 0);
    const { status, body } = await json(api.get(`/api/models/${path(uid)}`));
    expect([status, body.error]).toEqual([404, 'not_found']);
    expect(body.detail).toMatch(sentence);
  });
});
