/**
 * How many tasks will be begun before one that waits: what claim.ts would do from now on, if nothing else came.
 *
 * Videos of one model take turns, so the order is one of rounds. In the first are all tasks but videos, and the video of each model that is
 * due, by the time each counts as come. A video that is begun sends the others of its model behind everything that waits, so the second
 * round has the next video of each model, in the order of the first, and so on. One that was begun before and given back keeps the time
 * of its first begin and takes no turn again: the next of its model is in the same round. Checks have workers of their own
 * (gpu-worker/lanes.ts) and wait for checks alone.
 *
 * Left out: active tasks whose worker died. Whether they are begun again is not known before their lease runs out.
 */
import { type SQL, sql } from 'drizzle-orm';
import type { TaskState } from '../contract/task.ts';
import type { Executor } from '../db/client.ts';

/** Every queued task: id, place (counted from 0 among those that wait for the same workers). One pass over the queue, however many are asked for. */
export const QUEUE = sql`(
  with queued as (
    select t.id, t.seq, t.created_at, t.kind = 'check' as is_check, t.started_at is null as is_new,
      case when t.kind in ('infer', 'overlay') then t.model_uid end as of_model
    from tasks t where t.state = 'queued'),
  served as (
    select m.of_model, (
      select max(s.started_at) from tasks s where s.model_uid = m.of_model and s.kind in ('infer', 'overlay')) as at
    from (select distinct of_model from queued where of_model is not null) m),
  come as (
    select q.id, q.seq, q.is_check, q.is_new, coalesce(q.of_model, q.id) as taking_turns, greatest(q.created_at, s.at) as at
    from queued q left join served s on s.of_model = q.of_model),
  rounds as (
    select id, seq, is_check, at, count(*) filter (where is_new) over (
        partition by taking_turns order by at, seq rows between unbounded preceding and 1 preceding) as round,
      min(at) filter (where is_new) over (partition by taking_turns) as first_at,
      min(seq) filter (where is_new) over (partition by taking_turns) as first_seq
    from come)
  select id, (row_number() over (partition by is_check order by round,
    case when round = 0 then at else first_at end, case when round = 0 then seq else first_seq end, seq) - 1)::int as place
  from rounds)`;

/** Of the row of `tasks` that a statement reads: how many will be begun before it; null unless it is queued. */
export const placeInQueue: SQL<number | null> = sql`case when tasks.state = 'queued' then (
  select w.place from ${QUEUE} w where w.id = tasks.id) end`;

/** How many tasks will be begun before each of these, by id; none of those that do not wait (any more). */
export async function waitingBefore(
  db: Executor,
  tasks: readonly { id: string; state: TaskState }[],
): Promise<ReadonlyMap<string, number>> {
  const queued = tasks.filter(({ state }) => state === 'queued').map(({ id }) => id);
  if (queued.length === 0) return new Map();
  const rows = await db.execute<{ id: string; place: number }>(
    sql`select w.id, w.place from ${QUEUE} w where w.id in ${queued}`,
  );
  return new Map(rows.map(({ id, place }) => [id, place]));
}
