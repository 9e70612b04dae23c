/**
 * The page's requests go through the service's own client (client/). This adds what a page needs beside it: the server's clock, and
 * whether the reader has to sign in.
 */
import { signal } from '@preact/signals';
import { type ClientOptions, Requests } from '../../client/requests.ts';
import { SleapClient, SleapError } from '../../client/sleap-client.ts';

/** The last request was refused for want of a key; frame/sign-in.tsx asks for one. */
export const isSignInNeeded = signal(false);

let clockOffsetMs = 0;

/**
 * Milliseconds since 1970 by the server's clock, to about a second. Ages ("last heartbeat 12 s ago") are told by it: a laptop whose
 * clock is off must not accuse a worker of silence.
 */
export function serverNowMs(): number {
  return Date.now() + clockOffsetMs;
}

const options: ClientOptions = {
  url: location.origin + location.pathname.replace(/\/[^/]*$/, ''),
  async fetch(input, init) {
    const response = await fetch(input, init);
    const date = Date.parse(response.headers.get('date') ?? '');
    if (!Number.isNaN(date)) clockOffsetMs = date - Date.now();
    if (response.status === 401) isSignInNeeded.value = true;
    return response;
  },
};

export const client = new SleapClient(options);
/** For routes that the client has no method for. */
export const requests = new Requests(options);

/** Path on the service of a file or a stream, for links, pictures and videos. @param path begins with /. */
export function urlOf(path: string): string {
  return requests.url + path;
}

/** The failure of a request, told or thrown on: anything else is a defect of the page and must not look like one of the service. */
export function asFailure(thrown: unknown): SleapError {
  if (thrown instanceof SleapError) return thrown;
  throw thrown;
}
