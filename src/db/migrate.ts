/**
 * Brings a database to the current schema. Safe to run from several processes at once: an advisory lock lets one through.
 * Also a command: `npm run migrate` with DATABASE_URL set.
 */
import { fileURLToPath } from 'node:url';
import { sql } from 'drizzle-orm';
import { migrate } from 'drizzle-orm/postgres-js/migrator';
import { AppError } from '../errors.ts';
import { openClient } from './client.ts';

const MIGRATIONS = fileURLToPath(new URL('./migrations', import.meta.url));
/** Any constant will do, as long as only migrations of this project use it. */
const LOCK = 7_532_701;
const OLDEST_POSTGRES = 150_000;

/** @throws AppError database_unavailable when the server cannot be reached or is older than Postgres 15. */
export async function migrateDatabase(url: string): Promise<void> {
  const client = openClient(url, { connections: 1, name: 'sleap migrate' });
  try {
    const [server] = await client.sql`select current_setting('server_version_num')::int as version`;
    if (server?.version < OLDEST_POSTGRES) {
      throw new AppError('database_unavailable', `The database is Postgres ${Math.floor(server?.version / 10_000)}.`, {
        remedy: 'Use Postgres 15 or newer.',
      });
    }
    await client.db.execute(sql`select pg_advisory_lock(${LOCK})`);
    await migrate(client.db, { migrationsFolder: MIGRATIONS });
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('database_unavailable', 'The database could not be reached or migrated.', {
      remedy: 'Check DATABASE_URL and that the server accepts connections.',
      cause: error,
    });
  } finally {
    await client.close();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const url = process.env.DATABASE_URL;
  if (!url) {
    console.error('Set DATABASE_URL, for example postgres://user:password@host:5432/sleap');
    process.exit(2);
  }
  await migrateDatabase(url);
  console.log('The database is up to date.');
}
