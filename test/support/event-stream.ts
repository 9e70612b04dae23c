/** Reads server-sent events (WHATWG HTML §9.2) from a response, enough of the format for our own streams. */

export interface ReceivedEvent {
  event: string;
  id: string | null;
  // biome-ignore lint/suspicious/noExplicitAny: the test knows what it asked for
  data: any;
}

/** Yields events until the server ends the stream or the reader stops. Comments are left out. */
export async function* readEvents(response: Response): AsyncGenerator<ReceivedEvent> {
  let text = '';
  for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) {
    text += piece;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const lines = text.slice(0, end).split('\n');
      text = text.slice(end + 2);
      const field = (name: string) =>
        lines
          .find(line => line.startsWith(`${name}:`))
          ?.slice(name.length + 1)
          .trim() ?? null;
      const data = field('data');
      if (data !== null) yield { event: field('event') ?? 'message', id: field('id'), data: JSON.parse(data) };
    }
  }
}
