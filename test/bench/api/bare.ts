/**
 * What the API is compared with: Hono on Node with one route that asks one question, by primary key, and nothing around it. It runs as a
 * process of its own, as the API does.
 */
import { serve } from '@hono/node-server';
import { eq } from 'drizzle-orm';
import { Hono } from 'hono';
import { openClient } from '../../../src/db/client.ts';
import { models } from '../../../src/db/schema.ts';

const client = openClient(process.env.DATABASE_URL!, { connections: 20, name: 'bare' });
const app = new Hono();
app.get('/models/:uid', async c => {
  const [model] = await client.db
    .select()
    .from(models)
    .where(eq(models.uid, c.req.param('uid')));
  return c.json(model);
});
serve({ fetch: app.fetch, port: Number(process.env.PORT), hostname: '127.0.0.1' });
