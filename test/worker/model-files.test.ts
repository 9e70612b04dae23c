/** A model's files: what is listed, what is downloaded, and that they say the same as the other routes. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { and, eq } from 'drizzle-orm';
import { beforeAll, describe, expect, it } from 'vitest';
import { KEYPOINTS, SIDE_PX } from '../../demo/animal.ts';
import { unpackArchive } from '../../gpu-worker/media/unpack.ts';
import { MODEL_FILES } from '../../src/contract/model-files.ts';
import { modelFiles } from '../../src/db/schema.ts';
import { useApi } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { packDataset } from '../support/lab.ts';
import { roadOver } from '../support/road.ts';
import { scratchFolder } from '../support/scratch.ts';
import { useWorker } from '../support/worker.ts';

const database = useDatabase();
const api = useApi(database, { LEASE_SECONDS: '2' });
useWorker(database);
const scratch = scratchFolder();
const { model, ended, file, download, train } = roadOver(api);

let dataset: Buffer;
/** A finished training. */
let trained: string;

beforeAll(async () => {
  dataset = await packDataset();
  trained = await train({ num_epochs: 2, holdout_fraction: 0.2 }, dataset);
  expect(await ended(trained)).toMatchObject({ state: 'succeeded' });
});

const textOf = async (name: string) => (await file(trained, name)).text();
const jsonOf = async (name: string) => (await file(trained, name)).json();

describe('the files of a model', () => {
  it('are listed with their sizes, and each is what the list says', async () => {
    const { files } = await (await api.get(`/api/models/${trained}/files/`)).json();
    expect(files.map((entry: { name: string }) => entry.name)).toEqual(Object.keys(MODEL_FILES));
    for (const { name, size_bytes } of files) {
      const response = await file(trained, name);
      const { byteLength } = await response.arrayBuffer();
      expect(response.headers.get('content-length')).toBe(String(byteLength));
      if (size_bytes !== null) expect(byteLength).toBe(size_bytes);
      expect(response.headers.get('content-type')).toBe(MODEL_FILES[name as keyof typeof MODEL_FILES].type);
      expect(response.headers.get('content-disposition')).toMatch(/^attachment; filename="/);
    }
  });

  it('have a tag that spares a second download, and a HEAD without a body', async () => {
    for (const name of Object.keys(MODEL_FILES)) {
      const first = await file(trained, name, { method: 'HEAD' });
      expect(first.status).toBe(200);
      expect(Number(first.headers.get('content-length'))).toBeGreaterThan(0);
      expect(await first.text()).toBe('');
      const etag = first.headers.get('etag')!;
      const again = await file(trained, name, { headers: { 'If-None-Match': `"other", ${etag}` } });
      expect([name, again.status, await again.text()]).toEqual([name, 304, '']);
      const other = await file(trained, name, { headers: { 'If-None-Match': '"other"' } });
      expect(other.status).toBe(200);
      expect(other.headers.get('etag')).toBe(etag);
      await other.body?.cancel();
    }
  });

  it('are sent in parts as well, so that a broken download goes on', async () => {
    for (const name of ['best_model.h5', 'weights.bin', 'config.json', 'model.zip']) {
      const whole = await download(trained, name);
      for (const [first, last] of [
        [0, 6],
        [7, 4000],
        [whole.length >> 1, whole.length - 1],
      ] as const) {
        const part = await file(trained, name, { headers: { Range: `bytes=${first}-${last}` } });
        const end = Math.min(last + 1, whole.length);
        expect([part.status, part.headers.get('content-range')]).toEqual([
          206,
          `bytes ${first}-${end - 1}/${whole.length}`,
        ]);
        expect(Buffer.from(await part.arrayBuffer()).equals(whole.subarray(first, end))).toBe(true);
      }
    }
  });

  it('say how the model was made, to a person and to SLEAP', async () => {
    const config = await jsonOf('config.json');
    expect(config).toMatchObject({
      format: 'sleap-microservice-model',
      model_uid: trained,
      seed: 3,
      environment: { sleap_microservice: expect.any(String), tfjs: '4.22.0', device: expect.stringContaining('wasm') },
      training_config: { num_epochs: 2, batch_size: 2, learning_rate_schedule: { plateau_patience: 5 } },
      skeleton: { keypoints: [...KEYPOINTS] },
      network_input: { channels: 1, width_px: SIDE_PX, height_px: SIDE_PX, frozen: false },
      frames: { train: 4, validation: 2, holdout: 2 },
    });
    expect(config.training_config_as_sent).toEqual((await model(trained)).training_config);
    const sleap = await jsonOf('training_config.json');
    expect(sleap.model.heads.single_instance.part_names).toEqual([...KEYPOINTS]);
    expect(sleap.optimization).toMatchObject({ epochs: 2, batch_size: 2 });
  });

  it('hold the log and the metrics as the other routes tell them', async () => {
    const [header, ...lines] = (await textOf('training_log.csv')).trim().split('\n');
    expect(header).toBe('epoch,loss,lr,val_loss');
    const stats = await (await api.get(`/api/learning-stats?model_uid=${trained}`)).json();
    expect(lines).toEqual(
      ['0', '1'].map(epoch => [epoch, stats.loss[epoch], stats.lr[epoch], stats.val_loss[epoch]].join(',')),
    );
    expect(await jsonOf('metrics.json')).toEqual(await (await api.get(`/api/models/${trained}/metrics.json`)).json());
  });

  it('are all in the zip, byte for byte, in a folder of its own', async () => {
    const path = scratch.path('model.zip');
    const target = scratch.path('unzipped');
    await writeFile(path, await download(trained, 'model.zip'));
    await mkdir(target);
    const inside = await unpackArchive(path, target, { maxBytes: 1e8, maxEntries: 100 });
    const names = Object.keys(MODEL_FILES).filter(name => name !== 'model.zip');
    expect(inside.map(entry => entry.path).sort()).toEqual(names.map(name => `${trained}/${name}`).sort());
    for (const name of names)
      expect(await readFile(join(target, trained, name))).toEqual(await download(trained, name));
  });

  it('are named in the answer to a request for one that there is not', async () => {
    const unknown = await file(trained, 'weights.pt');
    expect(unknown.status).toBe(404);
    expect((await unknown.json()).remedy).toContain('best_model.h5, training_config.json, model.json');
    const running = await train({ num_epochs: 10_000, early_stopping: { stop_training_on_plateau: false } }, dataset);
    const early = await file(running, 'best_model.h5');
    expect([early.status, (await early.json()).detail]).toEqual([404, `Model ${running} has no best_model.h5 (yet).`]);
    const { task_id } = await model(running);
    await api.post(`/api/tasks/${task_id}/cancel`, {});
    await ended(running);
    const { files } = await (await api.get(`/api/models/${running}/files`)).json();
    expect(files.map((entry: { name: string }) => entry.name)).not.toContain('best_model.h5');
    expect((await api.get(`/api/models/${crypto.randomUUID()}/files/`)).status).toBe(404);
  });

  it('lack what TensorFlow.js has no layers for, and say so', async () => {
    // As the worker leaves it for an encoder with grouped convolutions.
    await database.client.db
      .delete(modelFiles)
      .where(and(eq(modelFiles.modelUid, trained), eq(modelFiles.name, 'model.json')));
    const { files } = await (await api.get(`/api/models/${trained}/files/`)).json();
    const names = files.map((entry: { name: string }) => entry.name);
    expect(names).toEqual(Object.keys(MODEL_FILES).filter(name => !['model.json', 'weights.bin'].includes(name)));
    for (const name of ['model.json', 'weights.bin']) {
      const missing = await file(trained, name);
      expect([missing.status, (await missing.json()).detail]).toEqual([
        404,
        expect.stringContaining('no layer for its grouped convolutions'),
      ]);
    }
  });
});
