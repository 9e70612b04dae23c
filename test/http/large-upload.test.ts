/** A body larger than a string may be, in bounded memory: the API runs in a process of its own, whose memory is watched from outside. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { freePort } from '../../src/db/free-port.ts';
import { models } from '../../src/db/schema.ts';
import { useDatabase } from '../support/database.ts';
import { config, dataset } from '../support/training-request.ts';

const database = useDatabase();
const ENTRY = fileURLToPath(new URL('../../src/serve/node.ts', import.meta.url));
/** Of the decoded file. LARGE_UPLOAD_MB=525 makes a body of 700 MB. */
const FILE_BYTES = Number(process.env.LARGE_UPLOAD_MB ?? 150) * 1e6;
const PIECE_BYTES = 3 * 65_536;
let api: ChildProcess;
let url: string;

beforeAll(async () => {
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  // Started as `npm run api` starts it.
  const env = { ...process.env, DATABASE_URL: database.url, PORT: String(port) };
  api = spawn(process.execPath, ['--max-semi-space-size=4', '--max-old-space-size=1024', '--import', 'tsx', ENTRY], {
    env,
    stdio: 'inherit',
  });
  await vi.waitFor(() => fetch(`${url}/healthz`), { timeout: 30_000 });
});
afterAll(async () => {
  api.kill('SIGTERM');
  await once(api, 'exit');
});

function residentBytes(): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${api.pid}/status`, 'utf8'))![1]) * 1024;
}

it('a JSON body with a large file costs at most 100 MB of memory and arrives byte for byte', async () => {
  const hash = createHash('sha256');
  const encoder = new TextEncoder();
  async function* body() {
    yield encoder.encode('{"training_dataset":"');
    for (let sent = 0; sent < FILE_BYTES; sent += PIECE_BYTES) {
      const piece = Buffer.alloc(Math.min(PIECE_BYTES, FILE_BYTES - sent), sent / PIECE_BYTES);
      if (sent === 0) {
        piece.set([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c, 0, 4]);
        piece.writeBigUInt64LE(0n, 12);
        piece.writeBigUInt64LE(BigInt(FILE_BYTES - 32), 20);
      }
      hash.update(piece);
      yield encoder.encode(piece.toString('base64'));
    }
    yield encoder.encode(`","training_config":${JSON.stringify(config)}}`);
  }
  const send = (content: BodyInit) =>
    fetch(`${url}/api/train-network`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: content,
      duplex: 'half',
    } as RequestInit);
  // Whatever is loaded, connected and compiled at the first requests of this kind.
  for (let i = 0; i < 3; i++)
    await send(JSON.stringify({ training_dataset: dataset, training_config: { ...config, seed: i } }));
  const before = residentBytes();
  let peak = before;
  const watch = setInterval(() => (peak = Math.max(peak, residentBytes())), 20);
  const begun = Date.now();
  const response = await send(Readable.toWeb(Readable.from(body())) as ReadableStream);
  clearInterval(watch);
  expect(response.status).toBe(200);
  const seconds = (Date.now() - begun) / 1000;
  console.log(
    `${FILE_BYTES / 1e6} MB file: ${((peak - before) / 1e6).toFixed(0)} MB extra, ${(FILE_BYTES / 1e6 / seconds).toFixed(0)} MB/s`,
  );
  expect(peak - before).toBeLessThan(100e6);
  const [model] = await database.client.db
    .select()
    .from(models)
    .where(eq(models.uid, (await response.json()).model_uid));
  const [blob] = await database.client.sql`select sha256, size_bytes from blobs where id = ${model!.datasetBlob}`;
  expect(blob).toEqual({ sha256: hash.digest('hex'), size_bytes: String(FILE_BYTES) });
});
