/**
 * Pages by position instead of by number: a cursor holds where the last entry of a page stood in the order, and the next page begins after
 * it. So no entry is listed twice or left out because others came or went meanwhile, and page 1000 costs what page 1 costs.
 *
 * Every order ends with a key that is unique, so that entries with equal times or names keep their places.
 * A cursor also says which list, filters and order it is of; with others it is refused. It is no secret and is not signed: what it holds is
 * checked as any parameter is.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { type SQL, type SQLWrapper, sql } from 'drizzle-orm';
import { z } from 'zod';
import { AppError } from '../errors.ts';

/** One key of an order: never null. */
export interface SortKey {
  column: SQLWrapper;
  type: keyof typeof TEXT_OF_TYPE;
}

export interface Order {
  /** The last one is unique. */
  keys: readonly SortKey[];
  descending: boolean;
}

/** Where an entry stands in an order: the text of each key. */
export type Position = string[];

export interface Page<T> {
  entries: T[];
  nextCursor: string | null;
}

/** How each type's value is written, and what is accepted of it; anything else would be an error of the database. */
const TEXT_OF_TYPE = {
  bigint: { write: asText, schema: z.string().regex(/^\d{1,15}$/) },
  boolean: { write: asText, schema: z.enum(['true', 'false']) },
  uuid: { write: asText, schema: z.uuid() },
  text: { write: asText, schema: z.string().regex(/^[^\0]*$/) },
  float8: { write: asText, schema: z.string().refine(isFloat) },
  // As JSON has it, whatever DateStyle the database is set to.
  timestamptz: { write: asJson, schema: z.union([z.literal('infinity'), z.iso.datetime({ offset: true })]) },
};

function asText(column: SQLWrapper): SQL {
  return sql`(${column})::text`;
}

function asJson(column: SQLWrapper): SQL {
  return sql`to_json(${column}) #>> '{}'`;
}

function isFloat(text: string): boolean {
  return (
    text === 'Infinity' ||
    (/^[\d.e+-]+$/.test(text) && Number.isFinite(Number(text)) && Number(text) !== 0) ||
    text === '0'
  );
}

/** To be selected beside each entry. */
export function positionIn({ keys }: Order): SQL<Position> {
  return sql`json_build_array(${sql.join(
    keys.map(({ column, type }) => TEXT_OF_TYPE[type].write(column)),
    sql`, `,
  )})`;
}

export function inOrder({ keys, descending }: Order): SQL {
  const direction = descending ? sql`desc` : sql`asc`;
  return sql.join(
    keys.map(({ column }) => sql`${column} ${direction}`),
    sql`, `,
  );
}

/**
 * True for what comes after the cursor.
 * @param belongsTo list, filters and order. @returns undefined without a cursor. @throws AppError invalid_request.
 */
export function afterCursor(cursor: string | undefined, order: Order, belongsTo: unknown): SQL | undefined {
  if (cursor === undefined) return undefined;
  const position = readCursor(cursor, order, belongsTo);
  const columns = sql.join(
    order.keys.map(({ column }) => sql`${column}`),
    sql`, `,
  );
  const values = sql.join(
    order.keys.map(({ type }, i) => sql`${position[i]}::text::${sql.raw(type)}`),
    sql`, `,
  );
  // Compared as rows, which an index over the same columns answers.
  return sql`(${columns}) ${order.descending ? sql`<` : sql`>`} (${values})`;
}

/** @param rows in order, one more than the page may hold if there is one. @returns the page, and the cursor of the next. */
export function asPage<T extends { position: Position }>(rows: T[], limit: number, belongsTo: unknown): Page<T> {
  const entries = rows.slice(0, limit);
  const last = rows.length > limit ? entries.at(-1) : undefined;
  return { entries, nextCursor: last ? writeCursor(last.position, belongsTo) : null };
}

function writeCursor(position: Position, belongsTo: unknown): string {
  const bytes = utf8ToBytes(JSON.stringify([fingerprintOf(belongsTo), ...position]));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

function readCursor(cursor: string, { keys }: Order, belongsTo: unknown): Position {
  const parsed = z
    .array(z.string())
    .length(keys.length + 1)
    .safeParse(parse(cursor));
  if (!parsed.success) throw refused('The cursor is none that this service gave.', 'is no cursor');
  const [fingerprint, ...position] = parsed.data as [string, ...string[]];
  if (fingerprint !== fingerprintOf(belongsTo))
    throw refused('The cursor is of another list, or of other filters or another order.', 'is not of this list');
  if (!keys.every(({ type }, i) => TEXT_OF_TYPE[type].schema.safeParse(position[i]).success))
    throw refused('The cursor is none that this service gave.', 'is no cursor');
  return position;
}

function parse(cursor: string): unknown {
  try {
    const bytes = Uint8Array.from(atob(cursor.replaceAll('-', '+').replaceAll('_', '/')), byte => byte.charCodeAt(0));
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return null; // no base64, no UTF-8 or no JSON: no cursor
  }
}

function fingerprintOf(belongsTo: unknown): string {
  return bytesToHex(sha256(utf8ToBytes(JSON.stringify(belongsTo)))).slice(0, 12);
}

function refused(sentence: string, detail: string): AppError {
  return new AppError('invalid_request', sentence, {
    remedy: 'Send next_cursor of the page before with the same filters and sort, or leave cursor out to begin again.',
    errors: [{ pointer: '/cursor', detail }],
  });
}
