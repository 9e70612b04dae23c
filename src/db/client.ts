/** A connection pool: postgres.js underneath (for LISTEN and streaming), drizzle on top (for everything typed). */
import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import { AppError } from '../errors.ts';
import { preparing } from './prepared.ts';

export type Database = PostgresJsDatabase;
/** What a queue verb or a service needs: the pool, or an open transaction. */
export type Executor = Database | Parameters<Parameters<Database['transaction']>[0]>[0];

export interface Client {
  db: Database;
  /** The driver itself. */
  sql: postgres.Sql;
  /** Ends all connections; waits at most five seconds for running queries. */
  close(): Promise<void>;
}

/**
 * @param options.connections most connections at a time; they open on demand.
 * @param options.prepare false behind a pooler that gives each transaction another connection, which does not know what was prepared.
 */
export function openClient(url: string, { connections = 10, name = 'sleap', prepare = true } = {}): Client {
  const sql = connect(url, {
    max: connections,
    prepare,
    onnotice: () => {},
    connection: { application_name: name },
    // A pooled connection that sat idle is closed, so that a worker waiting for hours holds no more than it uses.
    idle_timeout: 60,
  });
  return { sql, db: drizzle(preparing(sql)), close: () => sql.end({ timeout: 5 }) };
}

/** @throws AppError configuration_invalid without the cause, which quotes the address, password and all. */
function connect(url: string, options: postgres.Options<Record<string, never>>): postgres.Sql {
  try {
    return postgres(url, options);
  } catch {
    throw new AppError('configuration_invalid', 'DATABASE_URL is no address of a Postgres.', {
      remedy:
        'Write it as postgres://user:password@host:5432/name, with what is special in user and password percent-encoded.',
    });
  }
}
