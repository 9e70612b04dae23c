/** The protocol as a client of others speaks it: tus-js-client, over a line that breaks again and again. */
import { randomBytes } from 'node:crypto';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { Upload, type UploadOptions } from 'tus-js-client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { UploadResource } from '../../src/contract/upload.ts';
import { blobChunks } from '../../src/db/schema-bytes.ts';
import { useApi } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { sha256Of, until } from '../support/uploads.ts';

const database = useDatabase();
const api = useApi(database);

/** How far ahead of what is stored the bytes on the line may be. */
const AHEAD_BYTES = 1_000_000;

/** Passes bytes on to the API, and breaks the connection each time that so many bytes of the upload are stored. */
class BreakingLine {
  readonly #server: Server;
  readonly #breakAtBytes: number[];
  broken = 0;

  constructor(breakAtBytes: number[]) {
    this.#breakAtBytes = breakAtBytes;
    this.#server = createServer({ pauseOnConnect: true }, client => {
      // A connection that ends in the middle is what this is for.
      this.#pass(client).catch(() => client.destroy());
    });
  }

  async open(): Promise<string> {
    await new Promise<void>(resolve => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  close(): void {
    this.#server.close();
  }

  async #pass(client: Socket): Promise<void> {
    const { hostname, port } = new URL(api.url);
    const target = connect(Number(port), hostname);
    for (const socket of [client, target]) socket.on('error', () => {});
    target.on('data', bytes => client.write(bytes));
    target.on('close', () => client.destroy());
    client.on('close', () => target.destroy());
    let passedBytes = await storedRowBytes();
    for await (const bytes of client) {
      target.write(bytes);
      passedBytes += bytes.length;
      const stored = await until(storedRowBytes, storedBytes => storedBytes >= passedBytes - AHEAD_BYTES);
      if (stored < (this.#breakAtBytes[this.broken] ?? Number.POSITIVE_INFINITY)) continue;
      this.broken++;
      target.destroy();
      return;
    }
  }
}

/** Of full rows of the only blob. */
async function storedRowBytes(): Promise<number> {
  return 250_000 * (await database.client.db.$count(blobChunks));
}

/** @returns the address of the finished upload. */
function send(bytes: Buffer, options: Partial<UploadOptions>): Promise<string> {
  return new Promise((resolve, reject) => {
    const upload: Upload = new Upload(bytes, {
      ...{ retryDelays: [10, 20, 50, 100], metadata: { filename: 'Maus 1.avi', filetype: 'video/avi' } },
      onError: reject,
      onSuccess: () => resolve(upload.url!),
      ...options,
    });
    upload.start();
  });
}

const FILE = randomBytes(8_000_000);
const BREAK_AT_BYTES = [1_500_000, 3_500_000, 5_500_000];
const line = new BreakingLine(BREAK_AT_BYTES);
let endpoint: string;
beforeAll(async () => {
  endpoint = `${await line.open()}/api/uploads`;
});
afterAll(() => line.close());

async function resourceAt(url: string): Promise<UploadResource> {
  return (await fetch(api.url + new URL(url).pathname)).json();
}

it('an upload whose connection breaks three times goes on each time and arrives byte for byte', async () => {
  const offsets: number[] = [];
  const url = await send(FILE, {
    endpoint,
    onAfterResponse: (request, response) => {
      if (request.getMethod() === 'HEAD') offsets.push(Number(response.getHeader('upload-offset')));
    },
  });
  expect(line.broken).toBe(3);
  // Each time from where it broke off, not from the beginning.
  expect(offsets).toHaveLength(3);
  for (const [i, offset] of offsets.entries()) expect(offset).toBeGreaterThanOrEqual(BREAK_AT_BYTES[i]!);
  expect(await resourceAt(url)).toMatchObject({
    ...{ state: 'complete', file_name: 'Maus 1.avi', received_bytes: FILE.length, sha256: sha256Of(FILE) },
  });
});

it('an upload in chunks, with its first piece in the creation, or by POST alone arrives as well', async () => {
  const bytes = FILE.subarray(0, 1_000_000);
  const ways: Partial<UploadOptions>[] = [
    { chunkSize: 300_000 },
    { chunkSize: 300_000, uploadDataDuringCreation: true },
    { overridePatchMethod: true },
  ];
  for (const way of ways) {
    const url = await send(bytes, { endpoint: `${api.url}/api/uploads`, ...way });
    expect(await resourceAt(url)).toMatchObject({ state: 'complete', sha256: sha256Of(bytes) });
  }
});

it('an upload that the client gives up is gone', async () => {
  const url = await new Promise<string>((resolve, reject) => {
    const upload: Upload = new Upload(FILE, {
      ...{ endpoint: `${api.url}/api/uploads`, chunkSize: 500_000, onError: reject },
      onChunkComplete: (_, sentBytes) => {
        const { url: address } = upload;
        if (sentBytes === 1_000_000) upload.abort(true).then(() => resolve(address!), reject);
      },
    });
    upload.start();
  });
  expect((await fetch(url)).status).toBe(404);
});
