/** Whether news arrives: the worst of the streams that are open. One that has ended has nothing left to lose. */
import { computed, signal } from '@preact/signals';
import { type Connection, type LiveStream, openStream, type StreamOptions } from '../api/live-stream.ts';

const streams = signal<ReadonlyMap<object, Connection>>(new Map());

const WORST_FIRST = ['reconnecting', 'connecting', 'live'] as const;

export const connection = computed(() => {
  const open = [...streams.value.values()];
  return WORST_FIRST.find(state => open.includes(state)) ?? 'live';
});

/** openStream, counted in `connection` until it is closed. */
export function openCountedStream(options: Omit<StreamOptions, 'onConnection'> & Partial<StreamOptions>): LiveStream {
  const key = {};
  const set = (now: Connection | null) => {
    const next = new Map(streams.peek());
    if (now === null) next.delete(key);
    else next.set(key, now);
    streams.value = next;
  };
  const stream = openStream({
    ...options,
    onConnection: now => {
      set(now);
      options.onConnection?.(now);
    },
  });
  set('connecting');
  return {
    close() {
      stream.close();
      set(null);
    },
  };
}
