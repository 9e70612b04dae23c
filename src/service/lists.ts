/**
 * The lists of models, inferences and tasks, in pages (keyset.ts).
 *
 * The usual order, by arrival, is that of an index: (created_at, uid) of models, and the running number of inferences and tasks, which is
 * given as they are submitted. The other orders sort what the filters leave. `finished_at` counts what has not ended as ending last.
 */
import { and, arrayContains, eq, inArray, type SQL, sql } from 'drizzle-orm';
import type {
  InferenceListQuery,
  InferencePage,
  ModelListQuery,
  ModelPage,
  TaskListQuery,
  TaskPage,
} from '../contract/list-query.ts';
import { inferences, models } from '../db/schema.ts';
import { tasks } from '../db/schema-queue.ts';
import { waitingBefore } from '../queue/waiting.ts';
import type { ServiceContext } from './context.ts';
import { isOwnTask, requireUuid } from './find.ts';
import { isInferTask, readInferences } from './inferences.ts';
import { afterCursor, asPage, inOrder, type Order, positionIn, type SortKey } from './keyset.ts';
import { asTaskResource, readModels } from './read.ts';

const FINISHED: SortKey = {
  column: sql`coalesce(${tasks.finishedAt}, 'infinity'::timestamptz)`,
  type: 'timestamptz',
};

const MODEL_KEYS = {
  created_at: [{ column: models.createdAt, type: 'timestamptz' }],
  finished_at: [FINISHED],
  name: [
    { column: sql`(${models.name} is null)`, type: 'boolean' },
    { column: sql`lower(coalesce(${models.name}, ''))`, type: 'text' },
  ],
  pixel_error: [
    { column: sql`coalesce((${models.pixelError} ->> 'median')::float8, 'infinity'::float8)`, type: 'float8' },
  ],
} satisfies Record<string, SortKey[]>;
const MODEL_UID: SortKey = { column: models.uid, type: 'uuid' };

/** Of what has a running number: that alone, or the end and then that. */
const numberedKeys = (column: SortKey['column']) => {
  const number: SortKey = { column, type: 'bigint' };
  return { created_at: [number], finished_at: [FINISHED, number] };
};
const INFERENCE_KEYS = numberedKeys(inferences.id);
const TASK_KEYS = numberedKeys(tasks.seq);

/** @throws AppError invalid_request for a cursor of elsewhere. */
export async function pageOfModels(ctx: ServiceContext, query: ModelListQuery): Promise<ModelPage> {
  const { limit, cursor, ...filters } = query;
  const belongsTo = ['models', filters];
  const { by, descending } = readSort(filters.sort);
  const order: Order = { keys: [...MODEL_KEYS[by], MODEL_UID], descending };
  const rows = await ctx.client.db
    .select({ uid: models.uid, position: positionIn(order) })
    .from(models)
    .innerJoin(tasks, isOwnTask)
    .where(and(...modelFilters(filters), afterCursor(cursor, order, belongsTo)))
    .orderBy(inOrder(order))
    .limit(limit + 1);
  const { entries, nextCursor } = asPage(rows, limit, belongsTo);
  const byUid = await readModels(
    ctx,
    entries.map(({ uid }) => uid),
  );
  return { models: entries.flatMap(({ uid }) => byUid.get(uid) ?? []), next_cursor: nextCursor };
}

function modelFilters({ state, origin, name, tag }: Omit<ModelListQuery, 'limit' | 'cursor'>): (SQL | undefined)[] {
  return [
    state && inArray(tasks.state, state),
    origin && eq(tasks.kind, origin === 'import' ? 'import' : 'train'),
    // Not ILIKE, to which % and _ mean something.
    name === undefined ? undefined : sql`position(lower(${name}) in lower(${models.name})) > 0`,
    tag.length === 0 ? undefined : arrayContains(models.tags, tag),
  ];
}

/** @throws AppError invalid_request for a cursor of elsewhere; not_found for a model_uid that is no UUID. */
export async function pageOfInferences(ctx: ServiceContext, query: InferenceListQuery): Promise<InferencePage> {
  const { limit, cursor, ...filters } = query;
  const belongsTo = ['inferences', filters];
  const { by, descending } = readSort(filters.sort);
  const order: Order = { keys: INFERENCE_KEYS[by], descending };
  const { state, model_uid: uid } = filters;
  const rows = await ctx.client.db
    .select({ id: inferences.id, position: positionIn(order) })
    .from(inferences)
    .innerJoin(tasks, isInferTask)
    .where(
      and(
        state && inArray(tasks.state, state),
        uid === undefined ? undefined : eq(inferences.modelUid, requireUuid(uid, 'model_uid')),
        afterCursor(cursor, order, belongsTo),
      ),
    )
    .orderBy(inOrder(order))
    .limit(limit + 1);
  const { entries, nextCursor } = asPage(rows, limit, belongsTo);
  const byId = await readInferences(
    ctx,
    entries.map(({ id }) => id),
  );
  return { inferences: entries.flatMap(({ id }) => byId.get(id) ?? []), next_cursor: nextCursor };
}

/** @throws AppError invalid_request for a cursor of elsewhere; not_found for a model_uid that is no UUID. */
export async function pageOfTasks(ctx: ServiceContext, query: TaskListQuery): Promise<TaskPage> {
  const { limit, cursor, ...filters } = query;
  const belongsTo = ['tasks', filters];
  const { by, descending } = readSort(filters.sort);
  const order: Order = { keys: TASK_KEYS[by], descending };
  const { state, kind, model_uid: uid } = filters;
  const rows = await ctx.client.db
    .select({ task: tasks, position: positionIn(order) })
    .from(tasks)
    .where(
      and(
        state && inArray(tasks.state, state),
        kind && inArray(tasks.kind, kind),
        uid === undefined ? undefined : eq(tasks.modelUid, requireUuid(uid, 'model_uid')),
        afterCursor(cursor, order, belongsTo),
      ),
    )
    .orderBy(inOrder(order))
    .limit(limit + 1);
  const { entries, nextCursor } = asPage(rows, limit, belongsTo);
  const listed = entries.map(({ task }) => task);
  const waiting = await waitingBefore(ctx.client.db, listed);
  return { tasks: listed.map(task => asTaskResource(task, waiting)), next_cursor: nextCursor };
}

/** `-name` is the order of `name`, turned round. */
function readSort<T extends string>(sort: T | `-${T}`): { by: T; descending: boolean } {
  const descending = sort.startsWith('-');
  return { by: (descending ? sort.slice(1) : sort) as T, descending };
}
