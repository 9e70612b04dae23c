/** What drizzle asks is prepared once a connection, in a transaction too, and nothing is where a pooler stands in between. */
import { eq, inArray, sql } from 'drizzle-orm';
import { expect, it } from 'vitest';
import { type Client, openClient } from '../../src/db/client.ts';
import { models } from '../../src/db/schema.ts';
import { useDatabase } from '../support/database.ts';

const database = useDatabase();
const uid = '00000000-0000-4000-8000-000000000000';

/** The statements that the only connection of a client knows after `ask`. */
async function preparedBy(ask: (db: Client['db']) => Promise<unknown>, prepare = true): Promise<string[]> {
  const client = openClient(database.url, { connections: 1, name: 'prepared', prepare });
  try {
    await ask(client.db);
    const rows = await client.db.execute<{ statement: string }>(
      sql.raw('select statement from pg_prepared_statements'),
    );
    return rows.map(({ statement }) => statement).filter(statement => statement.includes('models'));
  } finally {
    await client.close();
  }
}
const read = (db: Pick<Client['db'], 'select'>) => db.select().from(models).where(eq(models.uid, uid));

it('a query that is asked again is prepared once', async () => {
  const ask = async (db: Client['db']) => {
    for (let i = 0; i < 3; i++) await read(db);
  };
  expect(await preparedBy(ask)).toHaveLength(1);
});

it('so is one in a transaction, and in one within it', async () => {
  expect(await preparedBy(db => db.transaction(tx => read(tx)))).toHaveLength(1);
  expect(await preparedBy(db => db.transaction(tx => tx.transaction(inner => read(inner))))).toHaveLength(1);
});

it('a list that is long is not: lists of every length would be as many statements', async () => {
  const listed = (length: number) => (db: Client['db']) =>
    db
      .select()
      .from(models)
      .where(inArray(models.uid, Array<string>(length).fill(uid)));
  expect(await preparedBy(listed(40))).toHaveLength(1);
  expect(await preparedBy(listed(41))).toEqual([]);
});

it('behind a pooler nothing is', async () => {
  expect(await preparedBy(read, false)).toEqual([]);
});
