/** A database of its own for a test file, cloned from the migrated template in some 50 ms and dropped afterwards. */
import { randomBytes } from 'node:crypto';
import postgres from 'postgres';
import { afterAll, beforeAll, inject } from 'vitest';
import { type Client, openClient } from '../../src/db/client.ts';

export interface TestDatabase {
  readonly client: Client;
  readonly url: string;
}

/** Call at the top of a test file; the database is there once its tests run. */
export function useDatabase(): TestDatabase {
  const templateUrl = inject('templateUrl');
  const template = new URL(templateUrl).pathname.slice(1);
  const name = `test_${randomBytes(6).toString('hex')}`;
  const url = templateUrl.replace(`/${template}`, `/${name}`);
  const admin = () => postgres(templateUrl.replace(`/${template}`, '/postgres'), { max: 1, onnotice: () => {} });
  let client: Client | null = null;

  beforeAll(async () => {
    const sql = admin();
    await sql.unsafe(`create database ${name} template ${template}`);
    await sql.end();
    client = openClient(url, { name: 'test' });
  });
  afterAll(async () => {
    await client?.close();
    const sql = admin();
    // Fails when something still holds a connection: that is a leak, and this is where it shows.
    await sql.unsafe(`drop database ${name}`);
    await sql.end();
  });
  return {
    url,
    get client() {
      if (!client) throw new Error('The database is there from beforeAll on.');
      return client;
    },
  };
}
