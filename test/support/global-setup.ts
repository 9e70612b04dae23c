/**
 * Starts one real Postgres for the whole test run, in a folder of its own, and makes the migrated template that every test file clones.
 * TEST_DATABASE_URL names a server to use instead (its user must be allowed to create databases).
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import type { TestProject } from 'vitest/node';
import { startEmbedded } from '../../src/db/embedded.ts';
import { migrateDatabase } from '../../src/db/migrate.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** URL of the template database; clones differ in the last part of the path. */
    templateUrl: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.TEST_DATABASE_URL;
  const folder = await mkdtemp(join(tmpdir(), 'sleap-test-postgres-'));
  // So that, under root, the server's user can enter it and nothing is kept elsewhere (src/db/embedded-paths.ts).
  await chmod(folder, 0o755);
  // A test run may lose its data: no fsync, as fast as it goes.
  const server = given
    ? null
    : await startEmbedded(folder, { settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' } });
  const base = given ?? server!.url;
  const template = `sleap_template_${process.pid}`;
  const sql = postgres(base, { max: 1, onnotice: () => {} });
  await sql.unsafe(`create database ${template}`);
  const templateUrl = base.replace(/\/[^/?]*(\?|$)/, `/${template}$1`);
  await migrateDatabase(templateUrl);
  project.provide('templateUrl', templateUrl);
  return async () => {
    await sql.unsafe(`drop database ${template}`);
    await sql.end();
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  };
}
