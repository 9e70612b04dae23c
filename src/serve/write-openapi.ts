/** `npm run openapi`: writes docs/openapi.json, the API's description. Nothing is served, so no database is needed. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import { readConfig } from '../config.ts';
import { createApp } from '../http/app.ts';
import type { AppContext } from '../http/context.ts';
import { apiDocument } from '../http/openapi.ts';

const FILE = fileURLToPath(new URL('../../docs/openapi.json', import.meta.url));

/** The app, to be looked at only: a request to a route fails, for want of all that a route needs. @param page as in createApp. */
export function appToDescribe(page?: MiddlewareHandler): OpenAPIHono {
  return createApp({ config: readConfig({}) } as AppContext, page);
}

/** What docs/openapi.json should hold. */
export function openApiText(): string {
  return `${JSON.stringify(apiDocument(appToDescribe()), null, 2)}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(FILE, openApiText());
