/**
 * The five routes about training that clients of the first service speak. Names, types and status codes are theirs: a submission is
 * answered with 200, not 202, because those clients test for it (docs/adr/0004).
 */
import { Hono } from 'hono';
import { AppError } from '../../errors.ts';
import type { ServiceContext } from '../../service/context.ts';
import { stopTraining } from '../../service/control.ts';
import { datasetOptionsOf } from '../../service/dataset-checks.ts';
import { finishedTrainingAt, learningStats, readModel } from '../../service/read.ts';
import { submitTraining } from '../../service/submit.ts';
import { keepIfUsed } from '../../service/upload.ts';
import { DATASET } from '../dataset-body.ts';
import { readJsonObject } from '../json-body.ts';
import { readUploadBody } from '../upload-body.ts';

/** Parts of a multipart submission that are not fields of training_config. */
const FORM_PARTS = ['file_name', DATASET.member, ...DATASET.texts!];

export function trainingRoutes(ctx: ServiceContext): Hono {
  const routes = new Hono();

  routes.post('/train-network', async c => {
    const { fields, upload } = await readUploadBody(ctx, c.req.raw, DATASET);
    // A training may use the dataset of a check, or of the model that it goes on from (resume_from).
    const dataset = upload ? await upload.finish() : null;
    const { modelUid, taskId } = await keepIfUsed(ctx, dataset, async () =>
      submitTraining(ctx, {
        trainingConfig: trainingConfigOf(fields),
        dataset,
        datasetOptions: datasetOptionsOf(fields),
        checkId: fields.check_id ?? null,
      }),
    );
    return c.json({ model_uid: modelUid, task_id: taskId });
  });

  routes.get('/learning-stats', async c => c.json(await learningStats(ctx, c.req.query('model_uid'))));

  routes.get('/model-info', async c => {
    const model = await readModel(ctx, c.req.query('model_uid'));
    const { pretrained_encoder: encoder, ...config } = model.training_config;
    return c.json({
      ...config,
      ...(encoder === undefined || encoder === null ? {} : { pretrained_encoder: encoder }),
      currently_training: model.currently_training,
      started_training_at: httpDate(model.started_training_at),
      finished_training_at: httpDate(model.finished_training_at),
      state: model.state,
      stopped_early: model.stopped_early,
      seed: model.seed,
      warnings: model.warnings,
      error: model.error,
    });
  });

  routes.post('/stop-training', async c => {
    const { model_uid: uid } = await readJsonObject(c.req.raw);
    return c.json({ success: await stopTraining(ctx, typeof uid === 'string' ? uid : undefined) });
  });

  routes.get('/get-finished-training-at', async c => {
    const uids = (c.req.query('uids') ?? '')
      .split(',')
      .map(uid => uid.trim())
      .filter(uid => uid !== '');
    if (uids.length === 0)
      throw new AppError('invalid_request', 'No uids were given.', { remedy: 'Ask with ?uids=u1,u2.' });
    return c.json(await finishedTrainingAt(ctx, uids));
  });

  return routes;
}

/** A form may give training_config as one JSON field, or its fields one by one. */
function trainingConfigOf(fields: Record<string, unknown>): unknown {
  if ('training_config' in fields) return fields.training_config;
  const flat = Object.entries(fields).filter(([name]) => !FORM_PARTS.includes(name));
  return flat.length > 0 ? Object.fromEntries(flat) : undefined;
}

/** "Sun, 31 Mar 2024 12:58:33 GMT" (RFC 9110 §5.6.7). */
function httpDate(iso: string | null): string | null {
  return iso === null ? null : new Date(iso).toUTCString();
}
