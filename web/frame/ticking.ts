/** The second hand of the page: ages and elapsed times go on without news from the service. */
import { signal } from '@preact/signals';
import { serverNowMs } from '../api/client.ts';

/** Milliseconds since 1970 by the server's clock, a second ago at most. */
export const nowMs = signal(serverNowMs());
setInterval(() => {
  nowMs.value = serverNowMs();
}, 1000);
