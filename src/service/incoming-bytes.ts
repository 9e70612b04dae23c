/**
 * The body of a request as pieces of bytes, with an end that is told apart: all of it came, or the client is gone. A client that is gone is
 * nothing wrong with the service, so it is an error with a sentence; the sentence is mostly for the log, since nobody is there to read it.
 */
import { AppError } from '../errors.ts';

const LOOK_EVERY_MS = 5000;

export interface Patience {
  /** Ends the body from our side, as if it were over. */
  signal: AbortSignal;
  /** How long a client that has gone on sending may be silent. */
  silenceSeconds: number;
}

/** @throws AppError upload_incomplete when the connection breaks, or was silent for too long. */
export async function* incomingBytes(
  body: ReadableStream<Uint8Array>,
  patience?: Patience,
): AsyncGenerator<Uint8Array, void> {
  const reader = body.getReader();
  let heardAt = Date.now();
  let isReading = false;
  let isSilent = false;
  // A read that waits is answered by cancelling; racing it against a promise would remember every piece of a long body.
  const stop = () => void reader.cancel().catch(() => {});
  const look = () => {
    // What the caller does with a piece, however long it takes, is no silence of the client.
    isSilent = isReading && Date.now() - heardAt > 1000 * patience!.silenceSeconds;
    if (isSilent) stop();
  };
  const timer = patience ? setInterval(look, Math.min(LOOK_EVERY_MS, 1000 * patience.silenceSeconds)) : undefined;
  patience?.signal.addEventListener('abort', stop, { once: true });
  try {
    while (!patience?.signal.aborted) {
      heardAt = Date.now();
      isReading = true;
      const { done, value } = await reader.read().catch(cause => {
        throw cutShort('The connection broke before all of the file had arrived.', cause);
      });
      isReading = false;
      if (isSilent) throw cutShort(`No byte arrived for ${patience!.silenceSeconds} seconds.`);
      if (done) return;
      yield value;
    }
  } finally {
    clearInterval(timer);
    patience?.signal.removeEventListener('abort', stop);
    reader.releaseLock();
  }
}

/** The error of a file that did not arrive as a whole. */
export function cutShort(message: string, cause?: unknown): AppError {
  return new AppError('upload_incomplete', message, {
    remedy: 'Send the file again; by the tus protocol an upload goes on where it broke off.',
    cause,
  });
}
