/** Server-sent events of the client: taken apart wherever they are cut, and gone on with wherever the line breaks. */
import { describe, expect, it } from 'vitest';
import { SleapClient } from '../../client/sleap-client.ts';
import { MessageParser, readMessages, type SseMessage } from '../../client/sse.ts';
import { scriptedFetch } from '../support/scripted-fetch.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

function parse(...pieces: (string | Uint8Array)[]): SseMessage[] {
  const parser = new MessageParser();
  return pieces.flatMap(piece => [...parser.push(typeof piece === 'string' ? bytes(piece) : piece)]);
}

describe('an event stream', () => {
  const text =
    ': hello\n\nevent: step\nid: 1.2\ndata: {"a":\ndata:"é"}\n\ndata\n\nevent: lost\n\n:\n\ndata:  x\nretry: 5\n\n';
  const messages = [
    { event: 'step', data: '{"a":\n"é"}', id: '1.2' },
    { event: 'message', data: '', id: '' },
    { event: 'message', data: ' x', id: '' },
  ];

  it.each(['\n', '\r', '\r\n'])('is read with the line ends %j', end => {
    expect(parse(text.replaceAll('\n', end))).toEqual(messages);
  });

  it.each(['\n', '\r\n'])('is read whatever pieces it comes in, with the line ends %j', end => {
    const whole = bytes(text.replaceAll('\n', end));
    for (const size of [1, 2, 3, 7]) {
      const pieces = Array.from({ length: Math.ceil(whole.length / size) }, (_, i) =>
        whole.slice(i * size, (i + 1) * size),
      );
      expect(parse(...pieces)).toEqual(messages);
    }
  });

  it('leaves out what was cut off', () => {
    expect(parse('data: a\n\ndata: b\n')).toEqual([{ event: 'message', data: 'a', id: '' }]);
  });

  it('that stays silent counts as broken', async () => {
    const silent = new ReadableStream<Uint8Array>({ start: controller => controller.enqueue(bytes('data: a\n\n')) });
    const seen: string[] = [];
    const reading = (async () => {
      for await (const { data } of readMessages(silent, 20)) seen.push(data);
    })();
    await expect(reading).rejects.toMatchObject({ code: 'no_answer' });
    expect(seen).toEqual(['a']);
  });
});

describe('following a task', () => {
  const stream = (text: string, error?: Error) =>
    new Response(
      new ReadableStream({
        start(controller) {
          controller.enqueue(bytes(text));
          if (error) queueMicrotask(() => controller.error(error));
          else controller.close();
        },
      }),
    );
  const epoch = (n: number) => `event: epoch\nid: ${n}.0\ndata: {"epoch":${n}}\n\n`;
  const done = 'event: done\ndata: {"state":"succeeded"}\n\n';

  it('goes on after the last event when the line ends, breaks, or the service restarts', async () => {
    const { fetch, calls } = scriptedFetch(
      stream(epoch(0) + epoch(1)),
      new TypeError('fetch failed'),
      Response.json({ error: 'not_ready', detail: 'Not yet.' }, { status: 503 }),
      stream('event: phase\ndata: {"phase":"training"}\n\n'),
      stream(epoch(2) + done + epoch(9)),
    );
    const client = new SleapClient({ url: 'http://lab.example', fetch });
    const events = [];
    for await (const event of client.events('t', { events: ['epoch', 'phase'] })) events.push(event);
    expect(events).toEqual([
      { event: 'epoch', id: '0.0', data: { epoch: 0 } },
      { event: 'epoch', id: '1.0', data: { epoch: 1 } },
      { event: 'phase', data: { phase: 'training' } },
      { event: 'epoch', id: '2.0', data: { epoch: 2 } },
      { event: 'done', data: { state: 'succeeded' } },
    ]);
    expect(calls.map(({ headers }) => headers.get('last-event-id'))).toEqual([null, '1.0', '1.0', '1.0', '1.0']);
    expect(new URL(calls[0]!.url).searchParams.get('events')).toBe('epoch,phase');
  });

  it('goes on after a body that breaks in the middle', async () => {
    const { fetch, calls } = scriptedFetch(stream(epoch(4), new TypeError('terminated')), stream(done));
    const client = new SleapClient({ url: 'http://lab.example', fetch });
    const names = [];
    for await (const { event } of client.events('t')) names.push(event);
    expect(names.at(-1)).toBe('done');
    expect(calls).toHaveLength(2);
  });

  it('ends with the service’s word where there is no such task', async () => {
    const refusal = Response.json({ error: 'not_found', detail: 'There is no such task.' }, { status: 404 });
    const { fetch, calls } = scriptedFetch(refusal);
    const client = new SleapClient({ url: 'http://lab.example', fetch });
    await expect(client.events('t').next()).rejects.toMatchObject({ code: 'not_found' });
    expect(calls).toHaveLength(1);
  });

  it('to its end gives the task, and throws why it failed', async () => {
    const ended = (state: string, error: object | null) => Response.json({ task_id: 't', state, error });
    const { fetch } = scriptedFetch(
      ...[stream(done), ended('succeeded', null), stream(done)],
      ended('failed', { code: 'labels_missing', message: 'No labels.', remedy: 'Add some.' }),
    );
    const client = new SleapClient({ url: 'http://lab.example', fetch });
    expect(await client.waitForTask('t')).toMatchObject({ state: 'succeeded' });
    const failure = {
      code: 'labels_missing',
      message: 'The task t failed: No labels.',
      remedy: 'Add some.',
      status: 0,
    };
    await expect(client.waitForTask('t')).rejects.toMatchObject(failure);
  });
});
