/**
 * What changes in the list of models, however long it is: each model that changed, whole, and the uids of those that are gone.
 *
 * A reader holds a stamp of every model, a short text that is another one once its resource is. It is made of what the database has at hand:
 * the numbers of the transactions that wrote the model and its task last, the last epoch, and the place in the queue. One statement reads the
 * stamps of all; only the models whose stamp is another are then read.
 *
 * The first stamps are taken before the reader is told that the stream is ready. What it reads after that is at least as new as they are, so
 * between the two nothing is missed; what changed just then it may be told twice.
 */
import { sql } from 'drizzle-orm';
import type { ModelsChangeEvent } from '../contract/events.ts';
import { QUEUE } from '../queue/waiting.ts';
import type { ServiceContext } from './context.ts';
import { readModels } from './read.ts';
import { turns } from './turns.ts';
import type { WatchContext } from './watch-task.ts';

const MIN_INTERVAL_MS = 1000;
/** Models that are read at a time. */
const MODELS_A_READ = 100;

/** `ready` at once, then what changed, at most once a second; it has no end. @param wanted names of events; `ready` always comes. */
export async function* watchModelChanges(
  ctx: WatchContext,
  wanted: ReadonlySet<string>,
  signal: AbortSignal,
): AsyncGenerator<ModelsChangeEvent> {
  let known: Stamps | null = null;
  for await (const _ of turns(ctx, { subject: null, intervalMs: MIN_INTERVAL_MS }, signal)) {
    const stamps: Stamps = await readStamps(ctx);
    if (known === null) yield { event: 'ready', data: { models: stamps.size } };
    else {
      if (wanted.has('deleted')) yield* deletionsOf(known, stamps);
      if (wanted.has('model')) yield* changesOf(ctx, known, stamps);
    }
    known = stamps;
  }
}

/** By uid. */
async function readStamps(ctx: ServiceContext): Promise<Map<string, string>> {
  // A model gets epochs while its task is active; its last one shows in the task's end.
  const rows = await ctx.client.db.execute<{ uid: string; stamp: string }>(sql`
    select m.uid, concat_ws(' ', m.xmin, t.xmin, w.place,
      case when t.state = 'active' then (select max(e.epoch) from epochs e where e.model_uid = m.uid) end) as stamp
    from models m
    join tasks t on t.model_uid = m.uid and t.kind in ('train', 'import')
    left join ${QUEUE} w on w.id = t.id`);
  return new Map(rows.map(({ uid, stamp }) => [uid, stamp]));
}

type Stamps = ReadonlyMap<string, string>;

function* deletionsOf(before: Stamps, now: Stamps): Generator<ModelsChangeEvent> {
  for (const uid of before.keys()) if (!now.has(uid)) yield { event: 'deleted', data: { model_uid: uid } };
}

async function* changesOf(ctx: ServiceContext, before: Stamps, now: Stamps): AsyncGenerator<ModelsChangeEvent> {
  const changed = [...now].filter(([uid, stamp]) => before.get(uid) !== stamp).map(([uid]) => uid);
  for (let i = 0; i < changed.length; i += MODELS_A_READ) {
    // One that is gone by now is told of in the next turn.
    const models = await readModels(ctx, changed.slice(i, i + MODELS_A_READ));
    for (const data of models.values()) yield { event: 'model', data };
  }
}
