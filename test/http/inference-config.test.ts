/** What POST /api/video-inference takes as inference_config, how it refuses, and what is in force then. */
import { eq } from 'drizzle-orm';
import { beforeEach, describe, expect, it } from 'vitest';
import { inferenceConfigSchema } from '../../src/contract/inference.ts';
import { inferences, models } from '../../src/db/schema.ts';
import { useApi } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { handWorker } from '../support/hand-worker.ts';
import { json } from '../support/training-request.ts';

const database = useDatabase();
const api = useApi(database);
const hand = handWorker(database, api);

beforeEach(() => database.client.db.delete(models).then(() => {}));

const stored = async (id: number) =>
  (await database.client.db.select().from(inferences).where(eq(inferences.id, id)))[0]!.config;
const inForce = async (id: number) => (await json(api.get(`/api/inferences/${id}`))).body.inference_config;

function form(fields: Record<string, string>): Promise<{ status: number; body: { results_id: number } }> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  form.set('video', new File(['a video'], 'clip.mp4'));
  return json(fetch(`${api.url}/api/video-inference`, { method: 'POST', body: form }));
}

describe('inference_config', () => {
  const config = { peak_threshold: 0.35, refinement: null, frames: '0-99,150,300-', frame_step: 3 };

  it('is stored as it was sent and shown with every default, from JSON and from a field of a form', async () => {
    const uid = await hand.trained();
    const { results_id: byJson } = await hand.infer(uid, { inference_config: config });
    const { body } = await form({ model_uid: uid, inference_config: JSON.stringify(config) });
    for (const id of [byJson, body.results_id]) {
      expect(await stored(id)).toEqual(config);
      expect(await inForce(id)).toEqual({
        ...{ integral_patch_size: 5, batch_size: null, precision: 'auto' },
        ...config,
      });
    }
  });

  it('may be given as single fields of a form, numbers and null as texts', async () => {
    const uid = await hand.trained();
    const fields = { peak_threshold: '0.35', refinement: 'local', batch_size: 'null', frame_step: '10', frames: '7' };
    const { body } = await form({ model_uid: uid, ...fields });
    const expected = { peak_threshold: 0.35, refinement: 'local', batch_size: null, frame_step: 10, frames: '7' };
    expect(await stored(body.results_id)).toEqual(expected);
  });

  it('is all defaults where nothing is said, or null', async () => {
    const uid = await hand.trained();
    for (const more of [{}, { inference_config: null }, { inference_config: {} }]) {
      const { results_id: id } = await hand.infer(uid, more);
      expect(await stored(id)).toEqual({});
      expect(await inForce(id)).toEqual(inferenceConfigSchema.parse({}));
    }
  });

  it.each([
    ['an unknown field', { treshold: 0.2 }, '/inference_config'],
    ['a threshold above 1', { peak_threshold: 1.5 }, '/inference_config/peak_threshold'],
    ['an even patch', { integral_patch_size: 4 }, '/inference_config/integral_patch_size'],
    ['frames that are no list', { frames: '9-3' }, '/inference_config/frames'],
    ['frames as a number', { frames: 5 }, '/inference_config/frames'],
    ['a step of none', { frame_step: 0 }, '/inference_config/frame_step'],
    ['a refinement that is not known', { refinement: 'global' }, '/inference_config/refinement'],
    ['a text', 'fast', '/inference_config'],
    ['a list', [], '/inference_config'],
  ])('is refused with a pointer for %s, and nothing is queued', async (_, inference_config, pointer) => {
    const uid = await hand.trained();
    const request = { video_base64: btoa('a video'), file_name: 'v.mp4', model_uid: uid, inference_config };
    const { status, body } = await json(api.post('/api/video-inference', request));
    expect(status).toBe(400);
    expect(body).toMatchObject({ error: 'invalid_request', errors: [{ pointer }] });
    expect(body.detail).toContain('inference_config');
    expect(await database.client.db.$count(inferences)).toBe(0);
  });

  it('refuses a field of a form that it does not know', async () => {
    const uid = await hand.trained();
    const { status, body } = await form({ model_uid: uid, treshold: '0.2' });
    expect(status).toBe(400);
    expect(body).toMatchObject({ errors: [{ pointer: '/inference_config' }] });
  });
});
