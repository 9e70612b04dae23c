/**
 * Looking into a dataset before anybody trains on it. The body is that of a training, whose configuration is not looked at. The answer
 * waits for the report, a minute unless `Prefer: wait=` says otherwise (RFC 7240); a check that takes longer is answered with 202 and where
 * its report will be.
 */
import { Hono } from 'hono';
import { isEndState } from '../../contract/task.ts';
import { awaitCheck, datasetOptionsOf, readCheck, readSample, submitCheck } from '../../service/dataset-checks.ts';
import { keepIfUsed } from '../../service/upload.ts';
import type { AppContext } from '../context.ts';
import { DATASET } from '../dataset-body.ts';
import { readUploadBody, requireUpload } from '../upload-body.ts';

const WAIT_SECONDS = 60;
const MOST_WAIT_SECONDS = 300;

export function datasetRoutes(ctx: AppContext): Hono {
  const routes = new Hono();

  routes.post('/datasets/check', async c => {
    const body = await readUploadBody(ctx, c.req.raw, DATASET);
    const dataset = await requireUpload(body, DATASET).finish();
    const id = await keepIfUsed(ctx, dataset, async () =>
      submitCheck(ctx, { dataset, options: datasetOptionsOf(body.fields) }),
    );
    const patience = AbortSignal.timeout(1000 * waitSeconds(c.req.header('prefer')));
    const check = await awaitCheck(ctx, id, AbortSignal.any([patience, c.req.raw.signal]));
    return c.json(check, isEndState(check.state) ? 200 : 202, { Location: `/api/datasets/checks/${id}` });
  });

  routes.get('/datasets/checks/:id', async c => c.json(await readCheck(ctx, c.req.param('id'))));

  routes.get('/datasets/checks/:id/samples/:file{\\d+\\.png}', async c => {
    const png = await readSample(ctx, c.req.param('id'), Number.parseInt(c.req.param('file'), 10));
    // A check is never done twice: its pictures stay as they are.
    return c.body(png as Uint8Array<ArrayBuffer>, 200, {
      'Content-Type': 'image/png',
      'Cache-Control': 'private, max-age=86400, immutable',
    });
  });

  return routes;
}

/** @param prefer the header: other preferences than `wait` are none of ours. */
function waitSeconds(prefer: string | undefined): number {
  const [, seconds] = /(?:^|[,;\s])wait\s*=\s*"?(\d{1,6})"?/i.exec(prefer ?? '') ?? [];
  return seconds === undefined ? WAIT_SECONDS : Math.min(Number(seconds), MOST_WAIT_SECONDS);
}
