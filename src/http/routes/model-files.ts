/** A model's files for download, and its way in from elsewhere. */
import { type Context, Hono } from 'hono';
import { MODEL_FILES } from '../../contract/model-files.ts';
import type { ServiceContext } from '../../service/context.ts';
import { listModelFiles, openModelFile } from '../../service/model-files.ts';
import { submitImport } from '../../service/submit.ts';
import { keepIfUsed } from '../../service/upload.ts';
import { attachmentAs } from '../content-disposition.ts';
import { sendFile } from '../send-file.ts';
import { type FileWanted, readUploadBody, requireUpload } from '../upload-body.ts';

const MODEL_ZIP: FileWanted = { kind: 'model', member: 'model_zip', bareType: 'application/zip' };

export function modelFileRoutes(ctx: ServiceContext): Hono {
  const routes = new Hono();

  routes.post('/models', async c => {
    const body = await readUploadBody(ctx, c.req.raw, MODEL_ZIP);
    const archive = await requireUpload(body, MODEL_ZIP).finish();
    const { modelUid, taskId } = await keepIfUsed(ctx, archive, () => submitImport(ctx, { archive }));
    return c.json({ model_uid: modelUid, task_id: taskId }, 202, { Location: `/api/models/${modelUid}` });
  });

  const list = async (c: Context) => c.json(await listModelFiles(ctx, c.req.param('uid')));
  routes.get('/models/:uid/files', list);
  routes.get('/models/:uid/files/', list);

  routes.get('/models/:uid/files/:name', async c => {
    const uid = c.req.param('uid');
    const { name, ...content } = await openModelFile(ctx, uid, c.req.param('name'));
    // Among other downloads, only the zip needs the model in its name; the others name each other.
    const saveAs = name === 'model.zip' ? `model_${uid.slice(0, 8)}.zip` : name;
    return sendFile(c, { ...content, type: MODEL_FILES[name].type, disposition: attachmentAs(saveAs) });
  });

  return routes;
}
