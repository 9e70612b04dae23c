/** NDJSON out of a body, value by value, so that predictions of any length are never held at once. */

/** @throws SyntaxError where a line is no JSON: the body was cut short. */
export async function* readJsonLines<Value>(body: ReadableStream<Uint8Array>): AsyncGenerator<Value, void> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      const lines = (rest + (done ? decoder.decode() : decoder.decode(value, { stream: true }))).split('\n');
      rest = lines.pop()!;
      for (const line of lines) if (line !== '') yield JSON.parse(line) as Value;
      if (!done) continue;
      if (rest !== '') yield JSON.parse(rest) as Value;
      return;
    }
  } finally {
    await reader.cancel().catch(() => {}); // of a body that was read or broke there is nothing left to cancel
  }
}
