/**
 * The health check of a worker's container: whether the worker of this host name showed itself in the database within LEASE_SECONDS, which is
 * how the API tells that a worker is alive too. Node 24 runs this file without tsx, because Docker starts it every half minute.
 */
import { hostname } from 'node:os';
import postgres from 'postgres';
import { readConfig } from '../src/config.ts';

const { DATABASE_URL, LEASE_SECONDS } = readConfig(process.env);
if (!DATABASE_URL) throw new Error('DATABASE_URL is not set.');
const sql = postgres(DATABASE_URL, {
  max: 1,
  connect_timeout: 5,
  connection: { application_name: 'sleap worker health' },
});
const [worker] = await sql`
  select name from workers
  where name like ${`${hostname().replace(/[\\%_]/g, '\\$&')}:%`} and seen_at > now() - make_interval(secs => ${LEASE_SECONDS})
  limit 1`;
await sql.end();
if (!worker) {
  console.error(`No worker of ${hostname()} showed itself within ${LEASE_SECONDS} seconds.`);
  process.exit(1);
}
