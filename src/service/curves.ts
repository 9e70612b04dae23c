/**
 * The training logs of models as columns, made by the database: a chart of forty points of fifty models, or of ten thousand epochs of one,
 * is a small answer to one query.
 *
 * A thinned curve is looked up epoch by epoch in the key of the log, so it costs what it shows, however long the training was. Of an
 * epoch's metrics, which are some kilobytes a row, five numbers leave the database.
 */
import { type SQL, sql } from 'drizzle-orm';
import type { Curve, CurvesQuery, EpochErrors } from '../contract/curves.ts';
import { AppError } from '../errors.ts';
import type { ServiceContext } from './context.ts';
import { requireUuid } from './find.ts';

/** In the order of the uids, each model once; those that are not there (any more) are left out. */
export async function readCurves(
  ctx: ServiceContext,
  { model_uid: uids, points, after }: CurvesQuery,
): Promise<{ curves: Curve[] }> {
  const asked = [...new Set(uids.map(uid => uid.toLowerCase()))];
  const shown = points === undefined ? everyEpoch(after) : spacedEpochs(points, after);
  const rows = await ctx.client.db.execute<{ curve: Curve }>(sql`
    select json_build_object('model_uid', m.uid, 'epochs', ${column('epoch')}, 'loss', ${column('loss')},
      'val_loss', ${column('val_loss')}, 'lr', ${column('lr')}, 'seconds', ${column('seconds')}) as curve
    from models m left join lateral (${shown}) e on true
    where m.uid in ${asked} group by m.uid`);
  const byUid = new Map(rows.map(({ curve }) => [curve.model_uid, curve]));
  return { curves: asked.flatMap(uid => byUid.get(uid) ?? []) };
}

/** As JSON; [] where there is no epoch, of which a left join makes one row of nulls. */
function column(name: string): SQL {
  return sql.raw(`coalesce(json_agg(e.${name} order by e.epoch) filter (where e.epoch is not null), '[]')`);
}

function everyEpoch(after: number): SQL {
  return sql`
    select e.epoch, e.loss, e.val_loss, e.lr, e.seconds from epochs e
    where e.model_uid = m.uid and e.epoch > ${after}::int`;
}

/** The first, the last, those between them at even distances, and the best. Where the log has a hole, the next epoch after it. */
function spacedEpochs(points: number, after: number): SQL {
  return sql`
    select distinct e.epoch, e.loss, e.val_loss, e.lr, e.seconds
    from (
      select min(l.epoch) as first, max(l.epoch) as last, least(${points}::int - 1, max(l.epoch) - min(l.epoch)) as steps
      from epochs l where l.model_uid = m.uid and l.epoch > ${after}::int) span
    cross join lateral (
      select span.first + round((span.last - span.first) * i::float8 / greatest(span.steps, 1))::int as epoch
      from generate_series(0, span.steps) i
      union select m.best_epoch where m.best_epoch > ${after}::int) wanted
    cross join lateral (
      select l.epoch, l.loss, l.val_loss, l.lr, l.seconds from epochs l
      where l.model_uid = m.uid and l.epoch >= wanted.epoch order by l.epoch limit 1) e`;
}

/** @param after only epochs after this one. @throws AppError not_found. */
export async function readEpochErrors(
  ctx: ServiceContext,
  modelUid: string | undefined,
  after: number,
): Promise<EpochErrors> {
  const uid = requireUuid(modelUid, 'model_uid');
  // Each row of metrics is unpacked once, by jsonb_to_record.
  const [row] = await ctx.client.db.execute<{ errors: EpochErrors }>(sql`
    select json_build_object('epochs', ${column('epoch')}, 'mean_px', ${column('mean')}, 'median_px', ${column('median')},
      'p90_px', ${column('p90')}, 'pck', ${column('pck')}, 'oks', ${column('oks')}) as errors
    from models m left join lateral (
      select e.epoch, (x.dist->>'avg')::float8 as mean, (x.dist->>'p50')::float8 as median, (x.dist->>'p90')::float8 as p90,
        (x.pck->>'mean')::float8 as pck, (x.oks->>'mean')::float8 as oks
      from epochs e left join lateral jsonb_to_record(e.metrics) as x(dist jsonb, pck jsonb, oks jsonb) on true
      where e.model_uid = m.uid and e.epoch > ${after}::int) e on true
    where m.uid = ${uid} group by m.uid`);
  if (!row) throw new AppError('not_found', `Model ${uid} does not exist.`);
  return row.errors;
}
