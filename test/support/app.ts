/** The app without a port and without a database that answers, for what is settled before a route asks for one. */
import type { MiddlewareHandler } from 'hono';
import { PostgresBlobStore } from '../../src/blobs/postgres-store.ts';
import { readConfig } from '../../src/config.ts';
import { openClient } from '../../src/db/client.ts';
import { createApp } from '../../src/http/app.ts';
import { openChangeFeed } from '../../src/service/changes.ts';

/** @param environment of the configuration. The client connects when it is first used, which must not happen. @param page as in createApp. */
export function appAlone(environment: Record<string, string> = {}, page?: MiddlewareHandler) {
  const client = openClient('postgres://nobody@127.0.0.1:1/none', { name: 'test' });
  const blobs = new PostgresBlobStore(client.sql);
  const config = readConfig(environment);
  return createApp({ client, blobs, config, changes: openChangeFeed(config, client), workersExpected: null }, page);
}
