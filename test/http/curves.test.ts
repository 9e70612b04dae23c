/** Training logs as columns: thinned curves of several models, and the errors of one after each epoch. */
import { beforeAll, describe, expect, it } from 'vitest';
import { curvesSchema, epochErrorsSchema } from '../../src/contract/curves.ts';
import { epochs, models } from '../../src/db/schema.ts';
import { useApi } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { EVALUATION } from '../support/session-values.ts';
import { json } from '../support/training-request.ts';

const database = useDatabase();
const api = useApi(database);
const UNKNOWN = '5f0c3a52-0000-4000-8000-000000000000';

const row = (modelUid: string, epoch: number) => ({
  ...{
    modelUid,
    epoch,
    loss: 1 / (epoch + 1),
    valLoss: epoch === 37 ? 0.001 : 2 / (epoch + 1),
    lr: 1e-3,
    seconds: 0.25,
  },
});
async function modelWith(numbers: number[], bestEpoch: number | null = null): Promise<string> {
  const { db } = database.client;
  const [model] = await db.insert(models).values({ trainingConfig: {}, seed: 1, bestEpoch }).returning();
  if (numbers.length > 0) await db.insert(epochs).values(numbers.map(epoch => row(model!.uid, epoch)));
  return model!.uid;
}
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);

let long: string;
let short: string;
let none: string;
beforeAll(async () => {
  [long, short, none] = [await modelWith(upTo(1000), 37), await modelWith([0, 1, 2], 1), await modelWith([])];
});

async function curves(query: string, ...uids: string[]) {
  const { status, body } = await json(
    api.get(`/api/models/curves?${uids.map(uid => `model_uid=${uid}&`).join('')}${query}`),
  );
  expect(status, JSON.stringify(body)).toBe(200);
  return curvesSchema.parse(body).curves;
}

describe('GET /api/models/curves', () => {
  it('gives every epoch, in columns, in the order asked for, and models without an epoch too', async () => {
    const [first, second, third] = await curves('', short, none, long.toUpperCase(), short);
    const expected = upTo(3).map(epoch => row(short, epoch));
    expect(first).toEqual({
      ...{ model_uid: short, epochs: [0, 1, 2], lr: [1e-3, 1e-3, 1e-3], seconds: [0.25, 0.25, 0.25] },
      loss: expected.map(({ loss }) => loss),
      val_loss: expected.map(({ valLoss }) => valLoss),
    });
    expect(second).toEqual({ model_uid: none, epochs: [], loss: [], val_loss: [], lr: [], seconds: [] });
    expect([third!.model_uid, third!.epochs]).toEqual([long, upTo(1000)]);
    expect(await curves('', short, none, long, short)).toHaveLength(3);
  });

  it('thins to evenly spaced epochs with the first, the last and the best, and leaves short ones whole', async () => {
    const [thin, whole] = await curves('points=10', long, short);
    expect(thin!.epochs).toEqual([0, 37, 111, 222, 333, 444, 555, 666, 777, 888, 999]);
    expect(thin!.val_loss).toEqual(thin!.epochs.map(epoch => row(long, epoch).valLoss));
    expect(whole!.epochs).toEqual([0, 1, 2]);
    expect((await curves('points=2', long))[0]!.epochs).toEqual([0, 37, 999]);
    expect((await curves('points=1000', long))[0]!.epochs).toEqual(upTo(1000));
  });

  it('goes on after an epoch, thinned or not', async () => {
    expect((await curves('after=997', long))[0]!.epochs).toEqual([998, 999]);
    expect((await curves('after=997&points=2', long))[0]!.epochs).toEqual([998, 999]);
    expect((await curves('after=36&points=3', long))[0]!.epochs).toEqual([37, 518, 999]);
    for (const more of ['', '&points=5']) expect((await curves(`after=999${more}`, long))[0]!.epochs).toEqual([]);
  });

  it('takes the next epoch where the log has a hole', async () => {
    const holes = await modelWith([3, 4, 90, 100]);
    expect((await curves('points=3', holes))[0]!.epochs).toEqual([3, 90, 100]);
  });

  it('leaves out models that are gone, and refuses what is no uid, none, too many, and what it does not know', async () => {
    expect((await curves('', UNKNOWN, short)).map(curve => curve.model_uid)).toEqual([short]);
    const many = Array(51).fill(`model_uid=${short}`).join('&');
    for (const query of ['', 'model_uid=x', many, `model_uid=${short}&points=1`, `model_uid=${short}&point=5`]) {
      const { status, body } = await json(api.get(`/api/models/curves?${query}`));
      expect([status, body.error], query).toEqual([400, 'invalid_request']);
    }
  });

  it('is tagged, so that who has it is not sent it again', async () => {
    const path = `/api/models/curves?model_uid=${short}`;
    const etag = (await api.get(path)).headers.get('etag')!;
    expect((await api.get(path, { headers: { 'If-None-Match': etag } })).status).toBe(304);
  });
});

describe('GET /api/models/{uid}/errors', () => {
  const errors = async (uid: string, query = '') =>
    epochErrorsSchema.parse((await json(api.get(`/api/models/${uid}/errors${query}`))).body);

  it('gives five measures of each epoch, null where one was not taken, and those after an epoch', async () => {
    const { db } = database.client;
    const uid = await modelWith([]);
    const unmatched = { ...EVALUATION, dist: { ...EVALUATION.dist, avg: null }, oks: { mean: null } };
    const metrics = [EVALUATION, null, unmatched];
    await db.insert(epochs).values(metrics.map((of, epoch) => ({ ...row(uid, epoch), metrics: of })));
    expect(await errors(uid)).toEqual({
      ...{ epochs: [0, 1, 2], mean_px: [1.2, null, null], median_px: [0.9, null, 0.9], p90_px: [2.1, null, 2.1] },
      ...{ pck: [0.84375, null, 0.84375], oks: [0.91, null, null] },
    });
    expect(await errors(uid, '?after=1')).toEqual({
      ...{ epochs: [2], mean_px: [null], median_px: [0.9], p90_px: [2.1], pck: [0.84375], oks: [null] },
    });
    expect((await errors(none)).epochs).toEqual([]);
  });

  it('is 404 for an unknown model and 400 for what it does not know', async () => {
    for (const uid of [UNKNOWN, 'x']) expect((await api.get(`/api/models/${uid}/errors`)).status).toBe(404);
    expect((await api.get(`/api/models/${none}/errors?afer=1`)).status).toBe(400);
  });
});

it('a model tells its edges once they are known', async () => {
  const { db, sql } = database.client;
  const skeleton = {
    keypoints: ['nose', 'neck', 'tail'],
    edges: [
      [1, 0],
      [1, 2],
    ] as [number, number][],
  };
  const [model] = await db.insert(models).values({ trainingConfig: {}, seed: 1, skeleton }).returning();
  await sql`insert into tasks (kind, model_uid, max_attempts) values ('import', ${model!.uid}, 3), ('import', ${none}, 3)`;
  const edges = async (uid: string) => (await json(api.get(`/api/models/${uid}`))).body.edges;
  expect(await edges(model!.uid)).toEqual(skeleton.edges);
  expect(await edges(none)).toBeNull();
});
