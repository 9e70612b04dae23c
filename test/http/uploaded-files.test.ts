/** Requests that name a file which was sent ahead. */
import { randomBytes } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import type { UploadResource } from '../../src/contract/upload.ts';
import { inferences, models } from '../../src/db/schema.ts';
import { blobs, uploads } from '../../src/db/schema-bytes.ts';
import { useApi } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { begin } from '../support/uploads.ts';
import { zipOf } from '../support/zip-writer.ts';

const database = useDatabase();
const api = useApi(database);

async function upload(bytes: Buffer, headers: Record<string, string> = {}): Promise<UploadResource> {
  const body = bytes as Uint8Array<ArrayBuffer>;
  const response = await fetch(`${api.url}/api/uploads`, { method: 'POST', body, headers });
  expect(response.status).toBe(201);
  return response.json();
}

describe('a request may name an upload in place of a file', () => {
  const ZIP = zipOf([{ name: 'labels.csv', content: 'frame,x,y\n' }]);
  const CONFIG = {
    ...{ test_fraction: 0.1, num_epochs: 1, learning_rate: 1e-3 },
    ...{ backbone_model: 'unet', heads_sigma: 2, heads_output_stride: 4 },
  };

  it('a training and a check their dataset, in JSON and in a form', async () => {
    const { blob_id: blob } = await upload(ZIP);
    const trained = await api.post('/api/train-network', { dataset_blob: blob, training_config: CONFIG });
    expect(trained.status).toBe(200);
    const { model_uid: uid } = await trained.json();
    const [model] = await database.client.db.select().from(models).where(eq(models.uid, uid));
    expect(model!.datasetBlob).toBe(blob);
    expect(model!.trainingConfig).toEqual(CONFIG);
    const form = new FormData();
    form.append('dataset_blob', blob!);
    const checked = await fetch(`${api.url}/api/datasets/check`, {
      method: 'POST',
      body: form,
      headers: { Prefer: 'wait=0' },
    });
    expect(checked.status).toBe(202);
    const flat = new FormData();
    for (const [name, value] of Object.entries({ ...CONFIG, dataset_blob: blob })) flat.append(name, String(value));
    expect((await fetch(`${api.url}/api/train-network`, { method: 'POST', body: flat })).status).toBe(200);
  });

  it('an import its model', async () => {
    const { blob_id: blob } = await upload(ZIP);
    const imported = await api.post('/api/models', { model_blob: blob });
    expect(imported.status).toBe(202);
    const [model] = await database.client.db.select().from(models).where(eq(models.importBlob, blob!));
    expect(model!.uid).toBe((await imported.json()).model_uid);
  });

  it('an inference its video, with the name it was sent with', async () => {
    const { db } = database.client;
    const best = await upload(randomBytes(10));
    const [model] = await db
      .insert(models)
      .values({ trainingConfig: {}, seed: 1, bestBlob: best.blob_id! })
      .returning();
    await database.client
      .sql`insert into tasks (kind, model_uid, state, max_attempts, finished_at) values ('train', ${model!.uid}, 'succeeded', 1, now())`;
    const { blob_id: blob } = await upload(randomBytes(3000), { 'Content-Disposition': 'attachment; filename=m.avi' });
    const names: string[] = [];
    for (const name of [{}, { file_name: 'other.avi' }]) {
      const answer = await api.post('/api/video-inference', { model_uid: model!.uid, video_blob: blob, ...name });
      expect(answer.status).toBe(200);
      const [inference] = await db
        .select()
        .from(inferences)
        .where(eq(inferences.id, (await answer.json()).results_id));
      expect(inference!.videoBlob).toBe(blob);
      names.push(inference!.fileName);
    }
    expect(names).toEqual(['m.avi', 'other.avi']);
  });

  it('and what is wrong with it is said as of a file that comes along', async () => {
    const refusal = async (body: object) => {
      const { code, error, detail, remedy } = await (
        await api.post('/api/train-network', { training_config: CONFIG, ...body })
      ).json();
      return { code, error, detail, remedy };
    };
    const cut = await upload(ZIP.subarray(0, ZIP.length - 30));
    expect(await refusal({ dataset_blob: cut.blob_id })).toMatchObject({ code: 400, error: 'archive_invalid' });
    const encoded = ZIP.subarray(0, ZIP.length - 30).toString('base64');
    expect(await refusal({ dataset_blob: cut.blob_id })).toEqual(await refusal({ training_dataset: encoded }));
    const none = '00000000-0000-4000-8000-000000000000';
    expect(await refusal({ dataset_blob: none })).toMatchObject({
      code: 404,
      detail: `No upload has the blob ${none}: "dataset_blob".`,
    });
    expect(await refusal({ dataset_blob: cut.upload_id })).toMatchObject({
      code: 404,
      remedy: `Name its blob_id: ${cut.blob_id}.`,
    });
    expect(await refusal({ dataset_blob: 7 })).toMatchObject({ code: 400, error: 'invalid_request' });
    expect(await refusal({ dataset_blob: cut.blob_id, training_dataset: encoded })).toMatchObject({
      ...{ code: 400, detail: 'The request has a dataset and a dataset_blob.' },
    });
    const open = (await begin(api, 100)).split('/').pop()!;
    const [row] = await database.client.db.select().from(uploads).where(eq(uploads.id, open));
    for (const id of [open, row!.blobId])
      expect(await refusal({ dataset_blob: id })).toMatchObject({ code: 409, error: 'upload_incomplete' });
    expect(await refusal({})).toMatchObject({ code: 400, remedy: expect.stringContaining('"dataset_blob"') });
    expect(await database.client.db.$count(blobs, eq(blobs.id, cut.blob_id!))).toBe(1);
  });
});
