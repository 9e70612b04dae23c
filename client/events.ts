/**
 * Following an event stream of the service to its `done` event, across lines that break: the next connection sends the last id, and the
 * service goes on after it, so that each epoch and each line of the log comes once. What has no id (phase, step, the whole resource) tells
 * the present state and may come again.
 */
import { pause } from './pause.ts';
import { type CallOptions, isPassing, pauseMs, type Requests } from './requests.ts';
import { SleapError } from './sleap-error.ts';
import { readMessages } from './sse.ts';

/** The service sends a comment every 15 s. */
const SILENCE_MS = 45_000;
/** Connections in a row without a single event: some four minutes. */
const MOST_FAILURES = 12;

export interface FollowOptions<Name extends string = string> extends CallOptions {
  /** Those that are wanted, `done` beside them. Default: all. */
  events?: readonly Name[];
  /** Goes on after the event with this id. */
  lastEventId?: string;
}

/**
 * @param path of the stream.
 * @throws SleapError when the service refuses, or could not be reached for some minutes; the signal's reason.
 */
export async function* followEvents<Event extends { event: string }>(
  requests: Requests,
  path: string,
  { events, lastEventId = '', signal }: FollowOptions = {},
): AsyncGenerator<Event, void> {
  const ends = requests.signalOf(signal);
  const query = { events: events?.join(',') };
  let lastId = lastEventId;
  let cause: unknown;
  for (let failures = 0; failures <= MOST_FAILURES; failures++) {
    if (failures > 0) await pause(pauseMs(failures - 1), ends);
    try {
      const headers = { Accept: 'text/event-stream', 'Last-Event-ID': lastId || undefined };
      const { body } = await requests.once({ path, query, headers, signal });
      for await (const { event, data, id } of readMessages(body!, SILENCE_MS)) {
        failures = 0;
        lastId = id || lastId;
        yield { event, data: JSON.parse(data), ...(id && { id }) } as unknown as Event;
        if (event === 'done') return;
      }
    } catch (error) {
      ends?.throwIfAborted();
      if (!isPassing(error)) throw error;
      cause = error;
    }
  }
  throw new SleapError('no_answer', `The event stream ${path} broke off and could not be gone on with.`, {
    remedy: 'Look whether the service runs, then ask again.',
    cause,
  });
}
