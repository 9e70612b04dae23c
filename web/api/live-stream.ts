/**
 * A stream of server-sent events that stays open: EventSource reconnects by itself after a lost connection (with Last-Event-ID), but
 * gives up for good when an answer is an HTTP error, as a proxy's 502 is; then this opens a new one, waiting longer each time.
 *
 * The event `done` is the server's word that nothing will follow: without it a closed stream would be opened again for ever.
 * A browser allows six HTTP/1.1 connections per host over all its tabs, so a tab nobody looks at lets go of its own.
 */

export type Connection = 'connecting' | 'live' | 'reconnecting' | 'ended';

export interface StreamOptions {
  url: string;
  /** One reader per event name, given the parsed data. */
  on: Record<string, (data: unknown) => void>;
  onConnection: (connection: Connection) => void;
  /** The server answered with something that is not a stream; a plain request will tell why. */
  onRefused: () => void;
}

export interface LiveStream {
  close: () => void;
}

const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 30_000;
const HIDDEN_RELEASE_MS = 10_000;

export function openStream({ url, on, onConnection, onRefused }: StreamOptions): LiveStream {
  let source: EventSource | null = null;
  let timer = 0;
  let retryMs = FIRST_RETRY_MS;
  let ended = false;

  const release = () => {
    clearTimeout(timer);
    source?.close();
    source = null;
  };

  const connect = () => {
    release();
    const opened = new EventSource(url);
    source = opened;
    opened.addEventListener('open', () => {
      retryMs = FIRST_RETRY_MS;
      onConnection('live');
    });
    opened.addEventListener('error', () => {
      onConnection('reconnecting');
      if (opened.readyState !== EventSource.CLOSED || document.hidden) return;
      timer = window.setTimeout(connect, retryMs);
      retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
      onRefused();
    });
    for (const [name, read] of Object.entries(on)) {
      opened.addEventListener(name, (event: MessageEvent<string>) => read(JSON.parse(event.data)));
    }
    opened.addEventListener('done', () => {
      ended = true;
      release();
      onConnection('ended');
    });
  };

  const onVisibility = () => {
    if (ended) return;
    if (document.hidden) {
      clearTimeout(timer);
      timer = window.setTimeout(release, HIDDEN_RELEASE_MS);
    } else if (source === null || source.readyState === EventSource.CLOSED) connect();
    else clearTimeout(timer);
  };

  document.addEventListener('visibilitychange', onVisibility);
  connect();
  return {
    close: () => {
      document.removeEventListener('visibilitychange', onVisibility);
      release();
    },
  };
}
