/**
 * A postgres.js client whose `unsafe` prepares what it is asked, for drizzle, which sends all of its queries that way. A statement that is not
 * prepared costs two round trips instead of one (the types of its parameters are asked for first) and is planned anew each time.
 *
 * Statements with many parameters are left as they are: lists of every length would be as many statements, each kept by every connection.
 */
import type { Sql, TransactionSql } from 'postgres';

const MOST_PARAMETERS = 40;

type Parameters = NonNullable<globalThis.Parameters<Sql['unsafe']>[1]>;
type Work = (tx: TransactionSql) => unknown;

export function preparing<S extends Sql | TransactionSql>(sql: S): S {
  const wrapped = {
    unsafe: (text: string, parameters: Parameters = []) =>
      sql.unsafe(text, parameters, { prepare: parameters.length > 0 && parameters.length <= MOST_PARAMETERS }),
    begin: (...args: unknown[]) => (sql as Sql).begin(...(inside(args) as [Work])),
    savepoint: (...args: unknown[]) => (sql as TransactionSql).savepoint(...(inside(args) as [Work])),
  };
  return new Proxy(sql, {
    get: (target, name) =>
      Object.hasOwn(wrapped, name) ? wrapped[name as keyof typeof wrapped] : Reflect.get(target, name),
  });
}

/** The work, which comes last, gets a client that prepares too. */
function inside(args: unknown[]): unknown[] {
  const work = args.at(-1) as Work;
  return [...args.slice(0, -1), (tx: TransactionSql) => work(preparing(tx))];
}
