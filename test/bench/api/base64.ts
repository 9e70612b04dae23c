/** A JSON body with a file in base64, decoded as the API does and thrown away: how fast, and with how much more memory. Run as a process of its own. */
import { readBase64Json } from '../../../src/http/base64-json.ts';

const PIECE_BYTES = 65_536;
const MB = 1e6;
const fileBytes = Number(process.argv[2]);

/** The body of a submission as it comes from a socket: in pieces of 64 KiB. */
async function* body(): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode('{"training_config":{"num_epochs":1},"training_dataset":"');
  const random = new Uint8Array((PIECE_BYTES / 4) * 3);
  for (let i = 0; i < random.length; i++) random[i] = (i * 2_654_435_761) >>> 24;
  const text = Buffer.from(Buffer.from(random).toString('base64'));
  // A piece of its own each time, as a socket gives them.
  for (let sent = 0; sent < fileBytes; sent += random.length) yield Uint8Array.from(text);
  yield new TextEncoder().encode('"}');
}

/** What it takes to make the body, which is not the decoder's. */
async function drain(): Promise<number> {
  const begun = performance.now();
  for await (const piece of body()) if (piece.length === 0) throw new Error('An empty piece.');
  return (performance.now() - begun) / 1000;
}

const decode = async () => {
  let decoded = 0;
  const begun = performance.now();
  const sink = {
    async write(bytes: Uint8Array) {
      decoded += bytes.length;
    },
  };
  await readBase64Json(body(), { member: 'training_dataset', sink, maxJsonBytes: 2 ** 20 });
  return { decoded, seconds: (performance.now() - begun) / 1000 };
};

await drain();
const before = process.memoryUsage().rss;
const making = await drain();
let peak = 0;
const watch = setInterval(() => {
  peak = Math.max(peak, process.memoryUsage().rss);
}, 20);
const { decoded, seconds } = await decode();
clearInterval(watch);
peak = Math.max(peak, process.memoryUsage().rss);
console.log(
  JSON.stringify({ mbPerSecond: decoded / MB / (seconds - making), bytes: decoded, extraMb: (peak - before) / MB }),
);
