/** The lists of models, inferences and tasks: every order and filter, in pages of any size, over rows with many ties. */
import { sql } from 'drizzle-orm';
import { beforeAll, describe, expect, it } from 'vitest';
import { inferencePageSchema, modelPageSchema, taskPageSchema } from '../../src/contract/list-query.ts';
import { useApi } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { json } from '../support/training-request.ts';

const database = useDatabase();
const api = useApi(database, { POLL_SECONDS: '30' });
const MODELS = 40;

// Few values for many rows: most have a twin. Names and errors are missing from some, as is the end of what is still open.
beforeAll(async () => {
  await database.client.sql.unsafe(`
    select setseed(0.42);
    insert into models (created_at, training_config, seed, skeleton, name, tags, pixel_error)
    select timestamptz '2026-11-01' + make_interval(secs => floor(random() * 5) / 8), '{}', 1,
      '{"keypoints": ["nose"], "edges": []}',
      (array['Mouse 1', 'mouse 2', 'Fly 100%', 'ant_colony', null])[1 + floor(random() * 5)],
      (array['{}', '{lab}', '{lab,old}', '{old}'])[1 + floor(random() * 4)]::text[],
      case when random() < 0.3 then null else '{"count": 1, "missed": 0, "mean": 1, "p90": 1, "baseline_mean": 1, "baseline_median": 1, "keypoints": []}'::jsonb
        || jsonb_build_object('median', floor(random() * 4) / 3) end
    from generate_series(1, ${MODELS});
    insert into blobs (sha256) values ('a video');
    insert into inferences (model_uid, video_blob, file_name)
    select m.uid, b.id, 'v.mp4' from (select uid from models order by uid limit 3) m, blobs b, generate_series(1, 12);
    insert into tasks (kind, state, model_uid, inference_id, max_attempts, finished_at)
    select t.kind, t.state, t.model_uid, t.inference_id, 3,
      case when t.state in ('queued', 'active') then null
      else timestamptz '2026-11-02' + make_interval(secs => floor(random() * 4) / 8) end
    from (
      select case when random() < 0.3 then 'import' else 'train' end as kind, uid as model_uid, null::int as inference_id,
        (array['queued', 'active', 'succeeded', 'failed', 'canceled'])[1 + floor(random() * 5)] as state
      from models
      union all
      select 'infer', model_uid, id, (array['queued', 'active', 'succeeded', 'failed'])[1 + floor(random() * 4)]
      from inferences
    ) t;`);
});

// biome-ignore lint/suspicious/noExplicitAny: entries of three lists
type Entry = any;
const LISTS = {
  models: { schema: modelPageSchema, id: (e: Entry) => e.model_uid, finished: (e: Entry) => e.finished_training_at },
  inferences: { schema: inferencePageSchema, id: (e: Entry) => e.results_id, finished: (e: Entry) => e.finished_at },
  tasks: { schema: taskPageSchema, id: (e: Entry) => e.task_id, finished: (e: Entry) => e.finished_at },
} as const;
type List = keyof typeof LISTS;

async function page(
  list: List,
  query: string,
): Promise<{ entries: Entry[]; cursor: string | null; link: string | null }> {
  const response = await api.get(`/api/${list}?${query}`);
  const body = await response.json();
  expect(response.status, JSON.stringify(body)).toBe(200);
  if (!query.includes('cursor')) LISTS[list].schema.parse(body);
  return { entries: body[list], cursor: body.next_cursor, link: response.headers.get('link') };
}

async function walk(list: List, query: string, limit: number): Promise<Entry[]> {
  const all: Entry[] = [];
  let cursor = '';
  for (;;) {
    const { entries, cursor: next } = await page(list, `${query}&limit=${limit}${cursor}`);
    all.push(...entries);
    if (next === null) return all;
    expect(entries).toHaveLength(limit);
    cursor = `&cursor=${next}`;
  }
}

/** What each order sorts by, as texts or numbers; what is missing comes last. */
const SORTED_BY: Record<string, (list: List, entry: Entry) => string | number> = {
  // Inferences and tasks are in the order of their arrival, which these rows share.
  created_at: (list, e) => (list === 'inferences' ? e.results_id : e.created_at),
  finished_at: (list, e) => LISTS[list].finished(e) ?? '~',
  name: (_, e) => e.name?.toLowerCase() ?? '~',
  pixel_error: (_, e) => e.pixel_error?.median ?? Number.POSITIVE_INFINITY,
};

const cases: [List, string, string, (entry: Entry) => boolean][] = [
  ...Object.keys(SORTED_BY).map(sort => ['models', sort, '', () => true] as [List, string, string, () => boolean]),
  ['models', 'name', 'tag=lab&tag=old', e => e.tags.includes('lab') && e.tags.includes('old')],
  ['models', 'finished_at', 'name=MOUSE', e => /mouse/i.test(e.name)],
  ['models', 'created_at', 'name=0%25', e => e.name === 'Fly 100%'],
  [
    'models',
    'pixel_error',
    'origin=import&state=succeeded,failed',
    e => e.origin === 'import' && isIn(e, 'succeeded', 'failed'),
  ],
  ['models', 'created_at', 'origin=training', e => e.origin === 'training'],
  ['inferences', 'created_at', '', () => true],
  ['inferences', 'finished_at', 'state=failed,active', e => isIn(e, 'failed', 'active')],
  ['tasks', 'created_at', 'kind=infer,import', e => ['infer', 'import'].includes(e.kind)],
  ['tasks', 'finished_at', 'state=queued,succeeded', e => isIn(e, 'queued', 'succeeded')],
];
const isIn = (entry: Entry, ...states: string[]) => states.includes(entry.state);

describe.each(cases)('GET /api/%s?sort=%s&%s', (list, sort, filter, matches) => {
  it('gives each entry once and in order, whatever the size of its pages, and the same backwards', async () => {
    const { id } = LISTS[list];
    const query = `sort=${sort}&${filter}`;
    const whole = (await page(list, `${query}&limit=500`)).entries;
    const everything = (await page(list, 'limit=500')).entries.filter(matches);
    expect(whole.map(id).toSorted()).toEqual(everything.map(id).toSorted());
    expect(whole.length).toBeGreaterThan(2);
    const keys = whole.map(entry => SORTED_BY[sort]!(list, entry));
    expect(keys).toEqual(keys.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0)));
    for (const limit of [Math.ceil(whole.length / 6), whole.length])
      expect((await walk(list, query, limit)).map(id), `pages of ${limit}`).toEqual(whole.map(id));
    expect((await walk(list, `sort=-${sort}&${filter}`, 17)).map(id)).toEqual(whole.map(id).toReversed());
  });
});

describe('a cursor', () => {
  it('goes on where its page ended, though others came and went meanwhile', async () => {
    const { db } = database.client;
    const first = await page('models', 'limit=15');
    const gone = (await page('models', `limit=20&cursor=${first.cursor}`)).entries[3].model_uid;
    const [{ uid: come }] = (await db.execute(sql`
      insert into models (training_config, seed) values ('{}', 1) returning uid`)) as unknown as [{ uid: string }];
    await db.execute(sql`insert into tasks (kind, model_uid, max_attempts) values ('train', ${come}, 3)`);
    await db.execute(sql`delete from models where uid = ${gone}`);
    const next = (await page('models', `limit=500&cursor=${first.cursor}`)).entries;
    expect(next).toHaveLength(MODELS - 15 - 1);
    expect(next.map(LISTS.models.id)).not.toContain(come);
    await db.execute(sql`delete from models where uid = ${come}`);
  });

  it('stands in a Link header too, with the filters of the request', async () => {
    const { link, cursor } = await page('tasks', 'limit=3&kind=infer');
    const path = /^<(.+)>; rel="next"$/.exec(link!)![1]!;
    expect(path).toBe(`/api/tasks?limit=3&kind=infer&cursor=${cursor}`);
    expect((await json(api.get(path))).body).toEqual(
      (await json(api.get(`/api/tasks?limit=3&kind=infer&cursor=${cursor}`))).body,
    );
    expect((await page('tasks', 'limit=500')).link).toBeNull();
  });

  it('is refused where it is malformed, of another list, of other filters or of another order', async () => {
    const { cursor } = await page('models', 'limit=2');
    const forged = (...position: unknown[]) => btoa(JSON.stringify([JSON.parse(atob(cursor!))[0], ...position]));
    const uid = '5f0c3a52-0000-4000-8000-000000000000';
    for (const path of [
      `tasks?cursor=${cursor}`,
      `models?sort=name&cursor=${cursor}`,
      `models?state=failed&cursor=${cursor}`,
      'models?cursor=x',
      'models?cursor=%ff%fe',
      `models?cursor=${btoa('{}')}`,
      `models?cursor=${forged('2026-02-31T00:00:00Z', uid)}`,
      `models?cursor=${forged('now', uid)}`,
      `models?cursor=${forged('2026-02-01T00:00:00Z', 'x')}`,
      `models?cursor=${forged('2026-02-01T00:00:00Z')}`,
    ]) {
      const { status, body } = await json(api.get(`/api/${path}`));
      expect([status, body.error, body.errors[0]?.pointer], path).toEqual([400, 'invalid_request', '/cursor']);
    }
  });
});

it('refuses parameters that it does not know or understand, and says which', async () => {
  for (const [query, sentence] of [
    ['sate=failed', 'not known here: sate'],
    ['state=failed,done', /^state: must be one of queued, active/],
    ['limit=0', /^limit: /],
    ['limit=501', /^limit: /],
    ['sort=size', /^sort: /],
    ['origin=mars', /^origin: /],
    ['name=%00', /^name: /],
  ] as const) {
    const { status, body } = await json(api.get(`/api/models?${query}`));
    expect([status, body.error], query).toEqual([400, 'invalid_request']);
    expect(body.detail, query).toMatch(sentence);
  }
});
