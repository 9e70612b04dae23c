/** The client's requests against a scripted fetch: what is sent again under which key, what is not, and what an error says. */
import { describe, expect, it } from 'vitest';
import { SleapClient, SleapError } from '../../client/sleap-client.ts';
import { scriptedFetch } from '../support/scripted-fetch.ts';

const problem = (status: number, error: string) =>
  Response.json(
    { error, detail: `It is ${error}.`, remedy: 'Do something.', errors: [{ pointer: '/a', detail: 'b' }] },
    { status },
  );
const broken = () => new TypeError('fetch failed');

function clientOf(...answers: Parameters<typeof scriptedFetch>) {
  const { fetch, calls } = scriptedFetch(...answers);
  return { client: new SleapClient({ url: 'http://lab.example/sleap/', key: 'k1', fetch }), calls };
}

describe('a request that creates', () => {
  it('is sent again after a broken line and a 503, under the key that it had the first time', async () => {
    const done = Response.json({ model_uid: 'm', task_id: 't' });
    const { client, calls } = clientOf(broken(), problem(503, 'not_ready'), done);
    await client.train({ blob_id: 'b' }, { num_epochs: 2 } as never);
    expect(calls.map(({ method, url }) => `${method} ${url}`)).toEqual(
      Array(3).fill('POST http://lab.example/sleap/api/train-network'),
    );
    const keys = calls.map(({ headers }) => headers.get('idempotency-key'));
    expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
    expect(new Set(keys).size).toBe(1);
    expect(calls[2]!.headers.get('authorization')).toBe('Bearer k1');
    expect(JSON.parse(calls[2]!.body as string)).toEqual({ dataset_blob: 'b', training_config: { num_epochs: 2 } });
  });

  it('has another key the next time, and the one that it is given', async () => {
    const done = () => Response.json({ task_id: 't' });
    const { client, calls } = clientOf(done(), done(), done());
    for (const options of [{}, {}, { idempotencyKey: 'mine' }]) await client.overlay(1, {}, options);
    const [first, second, third] = calls.map(({ headers }) => headers.get('idempotency-key'));
    expect(first).not.toBe(second);
    expect(third).toBe('mine');
  });

  it('without a key is sent once', async () => {
    const { fetch, calls } = scriptedFetch(broken());
    const client = new SleapClient({ url: 'http://lab.example', fetch, idempotency: false });
    await expect(client.overlay(1)).rejects.toMatchObject({ code: 'no_answer', status: 0 });
    expect(calls).toHaveLength(1);
    expect(calls[0]!.headers.has('idempotency-key')).toBe(false);
  });

  it('brings its file in a form, with its name, its settings as JSON, and how long it waits', async () => {
    const { client, calls } = clientOf(Response.json({ results_id: 3, task_id: 't' }));
    await client.infer(new File(['abc'], 'mouse.mp4'), 'm', { frames: '0-9' }, { waitSeconds: 5 });
    const form = calls[0]!.body as FormData;
    expect((form.get('video') as File).name).toBe('mouse.mp4');
    expect(await (form.get('video') as File).text()).toBe('abc');
    expect(form.get('inference_config')).toBe('{"frames":"0-9"}');
    expect(form.get('file_name')).toBeNull();
    expect(calls[0]!.headers.get('prefer')).toBe('wait=5');
    expect(calls[0]!.headers.has('content-type')).toBe(false); // of a form it holds the boundary, which fetch draws
  });
});

it('a deletion whose answer was lost is done when the thing is gone', async () => {
  const { client, calls } = clientOf(broken(), problem(404, 'not_found'));
  await client.deleteModel('m');
  expect(calls).toHaveLength(2);
  const other = clientOf(problem(404, 'not_found'));
  await expect(other.client.deleteModel('m')).rejects.toMatchObject({ code: 'not_found' });
});

describe('a request is not sent again', () => {
  it.each([
    ['that is refused', problem(400, 'invalid_request'), 'invalid_request'],
    ['whose task ran out of memory', problem(503, 'out_of_memory'), 'out_of_memory'],
  ])('%s', async (_, answer, code) => {
    const { client, calls } = clientOf(answer);
    await expect(client.checkDataset(new Blob(['a']))).rejects.toMatchObject({ code });
    expect(calls).toHaveLength(1);
  });

  it('more often than said', async () => {
    const { fetch, calls } = scriptedFetch(broken(), broken());
    const client = new SleapClient({ url: 'http://lab.example', fetch, retries: 1 });
    await expect(client.task('t')).rejects.toThrow('No service answers at http://lab.example.');
    expect(calls).toHaveLength(2);
  });

  it('once its signal has fired, and throws the reason of that', async () => {
    const { client, calls } = clientOf(broken());
    const stop = new AbortController();
    const asked = client.task('t', { signal: stop.signal });
    stop.abort(new Error('enough'));
    await expect(asked).rejects.toThrow('enough');
    expect(calls.length).toBeLessThan(2);
  });
});

describe('an error', () => {
  it('has the code, the status, the sentence, the remedy and the fields of the answer', async () => {
    const { client } = clientOf(problem(409, 'task_is_active'));
    const error: SleapError = await client.deleteModel('m').catch(thrown => thrown);
    expect(error).toBeInstanceOf(SleapError);
    expect(error).toMatchObject({ code: 'task_is_active', status: 409, message: 'It is task_is_active.' });
    expect(error).toMatchObject({ remedy: 'Do something.', errors: [{ pointer: '/a', detail: 'b' }] });
  });

  it('that is not the service’s says so', async () => {
    const { client } = clientOf(new Response('<html>Not here</html>', { status: 404 }));
    await expect(client.model('m')).rejects.toMatchObject({ code: 'not_the_service', status: 404 });
  });
});

describe('a list', () => {
  it('is walked page by page, with the same filters and the cursor of the page before', async () => {
    const { client, calls } = clientOf(
      Response.json({ models: [{ model_uid: 'a' }, { model_uid: 'b' }], next_cursor: 'c 1' }),
      Response.json({ models: [{ model_uid: 'c' }], next_cursor: null }),
    );
    const uids = [];
    for await (const { model_uid } of client.models({ state: ['queued', 'active'], tag: ['x,y', 'z'], limit: 2 }))
      uids.push(model_uid);
    expect(uids).toEqual(['a', 'b', 'c']);
    const queries = calls.map(({ url }) => [...new URL(url).searchParams].sort());
    const filters = [
      ['limit', '2'],
      ['state', 'queued,active'],
      ['tag', 'x,y'],
      ['tag', 'z'],
    ];
    expect(queries).toEqual([filters, [['cursor', 'c 1'], ...filters]]);
  });

  it('of which the beginning is enough is not asked for further', async () => {
    const { client, calls } = clientOf(Response.json({ tasks: [{ task_id: 'a' }], next_cursor: 'c' }));
    for await (const task of client.tasks()) {
      expect(task.task_id).toBe('a');
      break;
    }
    expect(calls).toHaveLength(1);
  });
});

it('asks for the curves of several models at once, and for a video as it is', async () => {
  const { client, calls } = clientOf(Response.json({ curves: [] }), new Response('a video'));
  expect(await client.curves(['a', 'b'], { points: 40 })).toEqual({ curves: [] });
  expect(await new Response(await client.video(3)).text()).toBe('a video');
  expect(calls.map(({ url }) => url.slice('http://lab.example/sleap'.length))).toEqual([
    ...['/api/models/curves?points=40&model_uid=a&model_uid=b', '/api/inferences/3/video'],
  ]);
});

it('reads frames line by line, however they are cut', async () => {
  const pieces = ['{"frame":0,"keypoints":{"é', '":[1,2,0.5]}}\n{"fra', 'me":1}\n\n', '{"frame":2}'];
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of pieces) controller.enqueue(new TextEncoder().encode(piece));
      controller.close();
    },
  });
  const { client } = clientOf(new Response(body));
  const frames = [];
  for await (const frame of client.frames(1)) frames.push(frame);
  expect(frames).toEqual([{ frame: 0, keypoints: { é: [1, 2, 0.5] } }, { frame: 1 }, { frame: 2 }]);
});
