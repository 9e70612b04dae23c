/**
 * Server-sent events out of a body (WHATWG HTML §9.2.6), for programs: EventSource is missing in Node and cannot send a key.
 * A line that stays silent for longer than the service's heartbeats is taken for broken. `retry` is left out: how long to wait is events.ts' own decision.
 */
import { SleapError } from './sleap-error.ts';

export interface SseMessage {
  event: string;
  data: string;
  /** Its own; '': it has none, and the last one stays where to go on. */
  id: string;
}

/**
 * Ends where the body ends.
 * @param silenceMs without a byte, after which the line counts as broken. @throws SleapError no_answer when it broke.
 */
export async function* readMessages(
  body: ReadableStream<Uint8Array>,
  silenceMs: number,
): AsyncGenerator<SseMessage, void> {
  const reader = body.getReader();
  const parser = new MessageParser();
  try {
    for (;;) {
      const { done, value } = await withinMs(reader.read(), silenceMs);
      if (done) return;
      yield* parser.push(value);
    }
  } finally {
    // Of a broken line there is nothing left to cancel.
    await reader.cancel().catch(() => {});
  }
}

async function withinMs<T>(reading: Promise<T>, ms: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Nothing came for ${ms / 1000} s.`)), ms);
  });
  try {
    return await Promise.race([reading, silence]);
  } catch (cause) {
    throw new SleapError('no_answer', 'The event stream broke off.', { cause });
  } finally {
    clearTimeout(timer);
  }
}

/** Takes pieces cut anywhere, also within a character or between CR and LF. */
export class MessageParser {
  readonly #decoder = new TextDecoder();
  #rest = '';
  #endedWithCr = false;
  #message: { event: string; data: string[]; id: string } = { event: '', data: [], id: '' };

  *push(piece: Uint8Array): Generator<SseMessage> {
    let text = this.#decoder.decode(piece, { stream: true });
    if (text === '') return;
    if (this.#endedWithCr && text.startsWith('\n')) text = text.slice(1);
    this.#endedWithCr = text.endsWith('\r');
    const lines = (this.#rest + text).split(/\r\n|\n|\r/);
    this.#rest = lines.pop()!;
    for (const line of lines) {
      if (line !== '') {
        this.#field(line);
        continue;
      }
      const { event, data, id } = this.#message;
      this.#message = { event: '', data: [], id: '' };
      if (data.length > 0) yield { event: event || 'message', data: data.join('\n'), id };
    }
  }

  /** Comments have an empty name. */
  #field(line: string): void {
    const colon = line.indexOf(':');
    const name = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'event') this.#message.event = value;
    else if (name === 'data') this.#message.data.push(value);
    else if (name === 'id' && !value.includes('\0')) this.#message.id = value;
  }
}
