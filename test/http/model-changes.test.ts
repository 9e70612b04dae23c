/** PATCH of a model: its name and its tags. */
import { describe, expect, it } from 'vitest';
import { modelResourceSchema } from '../../src/contract/model.ts';
import { useApi } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { readEvents } from '../support/event-stream.ts';
import { json, submit } from '../support/training-request.ts';

const database = useDatabase();
const api = useApi(database, { POLL_SECONDS: '30' }); // so slow that what arrives soon came by a notification

const patch = (uid: string, body: unknown, type = 'application/json') =>
  json(
    api.get(`/api/models/${uid}`, {
      method: 'PATCH',
      headers: { 'Content-Type': type },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    }),
  );

describe('PATCH /api/models/{uid}', () => {
  it('changes what is sent, leaves the rest, and answers with the model', async () => {
    const { model_uid: uid } = await submit(api);
    const before = (await json(api.get(`/api/models/${uid}`))).body;
    expect(before).toMatchObject({ name: null, tags: [] });
    const named = await patch(uid, { name: '  Mäuse, Käfig 3 ' });
    expect(named).toEqual({ status: 200, body: { ...before, name: 'Mäuse, Käfig 3' } });
    modelResourceSchema.parse(named.body);
    const tagged = await patch(uid, { tags: [' lab ', 'old', 'lab'] }, 'application/merge-patch+json; charset=utf-8');
    expect(tagged.body).toEqual({ ...before, name: 'Mäuse, Käfig 3', tags: ['lab', 'old'] });
    expect((await patch(uid, {})).body).toEqual(tagged.body);
    expect((await patch(uid, { name: null, tags: null })).body).toEqual(before);
    expect((await patch(uid, { name: '' })).body.name).toBeNull();
  });

  it('is seen at once by who watches the list', async () => {
    const { model_uid: uid } = await submit(api);
    const events = readEvents(await api.get('/api/models/events'));
    await events.next();
    await patch(uid, { name: 'night shift' });
    for await (const { data } of events)
      if (data.models.find((model: { model_uid: string }) => model.model_uid === uid).name === 'night shift') break;
  });

  it('refuses what cannot be changed and what is out of bounds, field by field', async () => {
    const { model_uid: uid } = await submit(api);
    for (const [body, sentence] of [
      [{ seed: 3 }, 'cannot be changed or is not known: seed'],
      [{ name: 'x'.repeat(201) }, /^name: /],
      [{ name: 'two\nlines' }, 'name: must be one line without control characters'],
      [{ tags: 'lab' }, /^tags: /],
      [{ tags: ['a', ' '] }, /^tags\.1: /],
      [{ tags: ['x'.repeat(101)] }, /^tags\.0: /],
      [{ tags: Array.from({ length: 51 }, (_, i) => `${i}`) }, /^tags: /],
    ] as const) {
      const answer = await patch(uid, body);
      expect([answer.status, answer.body.error], JSON.stringify(body)).toEqual([400, 'invalid_request']);
      expect(answer.body.detail).toMatch(sentence);
    }
    expect((await patch(uid, '{"name":')).body).toMatchObject({ status: 400, error: 'not_json' });
    expect((await patch(uid, '[]')).body).toMatchObject({ status: 400, error: 'invalid_request' });
    expect((await patch(uid, 'name=x', 'text/plain')).body).toMatchObject({ error: 'unsupported_media_type' });
    expect((await json(api.get(`/api/models/${uid}`))).body).toMatchObject({ name: null, tags: [] });
  });

  it('is 404 for a model that is not there', async () => {
    for (const uid of ['5f0c3a52-0000-4000-8000-000000000000', 'x'])
      expect((await patch(uid, { name: 'n' })).status, uid).toBe(404);
  });
});
