/** Making, reading, changing and ending webhooks. What they are told is in webhooks.test.ts. */
import { describe, expect, it } from 'vitest';
import { useApi } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { json } from '../support/training-request.ts';

const database = useDatabase();
const api = useApi(database);
const address = (path = '/') => `http://127.0.0.1:5999${path}`;

async function hook(more: Record<string, unknown> = {}) {
  const { status, body } = await json(api.post('/api/webhooks', { url: address(), ...more }));
  expect(status).toBe(201);
  return body;
}

describe('webhooks as resources', () => {
  it('are made, listed without their secret, changed and deleted', async () => {
    const made = await hook({ description: 'our platform', events: ['check.succeeded'] });
    expect(made.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const { secret: _, ...resource } = made;
    expect((await json(api.get('/api/webhooks'))).body).toEqual({ webhooks: [resource] });
    const changed = await json(
      api.get(`/api/webhooks/${made.webhook_id}`, {
        method: 'PATCH',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ description: null }),
      }),
    );
    expect(changed).toEqual({ status: 200, body: { ...resource, description: null } });
    expect((await api.get(`/api/webhooks/${made.webhook_id}`, { method: 'DELETE' })).status).toBe(204);
    expect((await api.get(`/api/webhooks/${made.webhook_id}`)).status).toBe(404);
  });

  it('with an Idempotency-Key are made once, and the secret is told again', async () => {
    const send = (body: unknown) =>
      api.post('/api/webhooks', body, { headers: { 'Content-Type': 'application/json', 'Idempotency-Key': 'a' } });
    const first = await send({ url: address() });
    const again = await send({ url: address() });
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(await again.json()).toEqual(await first.json());
    expect((await json(send({ url: address('/other') }))).body).toMatchObject({
      status: 409,
      error: 'idempotency_key_reused',
    });
  });

  it.each([
    [{ url: 'ftp://example.org' }, '/url'],
    [{ url: 'http://example.org', events: ['train.exploded'] }, '/events/0'],
    [{ url: 'http://example.org', secret: 'short' }, '/secret'],
    [{}, '/url'],
  ])('%j is refused with a pointer', async (wanted, pointer) => {
    const { body } = await json(api.post('/api/webhooks', wanted));
    expect(body).toMatchObject({ status: 400, error: 'invalid_request' });
    expect(body.errors.map((fault: { pointer: string }) => fault.pointer)).toContain(pointer);
  });

  it('refuses another Content-Type with a sentence', async () => {
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
    const { body } = await json(api.post('/api/webhooks', '{}', { headers }));
    expect(body).toMatchObject({ status: 415, error: 'unsupported_media_type' });
    expect(body.remedy).toContain('application/json');
  });

  it('refuses a body that is no JSON, and knows no webhook of another id', async () => {
    expect((await json(api.post('/api/webhooks', '{"url"'))).body).toMatchObject({ status: 400, error: 'not_json' });
    const { webhook_id: id } = await hook();
    const none = '00000000-0000-4000-8000-000000000000';
    const resent = await json(api.post(`/api/webhooks/${id}/deliveries/${none}/resend`, {}));
    expect(resent.body).toMatchObject({ status: 404, error: 'not_found' });
  });
});
