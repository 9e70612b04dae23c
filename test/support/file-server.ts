/**
 * An HTTP server of one file in memory, with ranges and entity tags as RFC 9110 has them, and with the faults that tests ask for.
 * It writes down what it was asked and how much it sent.
 */
import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach } from 'vitest';

/** Instead of the usual answer; returning false gives the usual one after all. */
type Answer = (request: IncomingMessage, response: ServerResponse) => boolean | undefined;

export class FileServer {
  body: Buffer = Buffer.alloc(0);
  etag: string | null = '"one"';
  ranges = true;
  /** Of each next answer, after how many bytes the connection is cut; null: not at all. */
  cuts: (number | null)[] = [];
  /** Awaited before a connection is cut, with how much of the file the client was sent by then: bytes under way are lost with it. */
  beforeCut: ((bytes: number) => Promise<unknown>) | null = null;
  /** Of each next request. */
  answers: Answer[] = [];
  /** Awaited after half of each body. */
  half: Promise<unknown> | null = null;

  readonly requests: { url: string; headers: IncomingHttpHeaders; status: number; sentBytes: number }[] = [];
  readonly #server: Server = createServer((request, response) => void this.#serve(request, response));

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get sentBytes(): number {
    return this.requests.reduce((sum, request) => sum + request.sentBytes, 0);
  }

  async open(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const entry = { url: request.url!, headers: request.headers, status: 0, sentBytes: 0 };
    this.requests.push(entry);
    response.once('close', () => (entry.status = response.statusCode));
    if (this.answers.shift()?.(request, response)) return;
    const { range, 'if-range': ifRange } = request.headers;
    if (this.etag !== null) response.setHeader('etag', this.etag);
    const asked =
      this.ranges && (ifRange === undefined || ifRange === this.etag) ? /^bytes=(\d+)-$/.exec(range ?? '') : null;
    const from = asked ? Number(asked[1]) : 0;
    if (asked && from >= this.body.length) {
      response.writeHead(416, { 'content-range': `bytes */${this.body.length}` }).end();
      return;
    }
    const rest = this.body.subarray(from);
    response.writeHead(asked ? 206 : 200, {
      'content-length': rest.length,
      ...(asked && { 'content-range': `bytes ${from}-${this.body.length - 1}/${this.body.length}` }),
    });
    const cut = this.cuts.shift() ?? null;
    const end = cut ?? rest.length;
    const middle = Math.floor(end / 2);
    await this.#send(response, entry, rest.subarray(0, middle));
    await this.half;
    await this.#send(response, entry, rest.subarray(middle, end));
    if (cut === null) response.end();
    else {
      await this.beforeCut?.(from + end);
      response.destroy();
    }
  }

  /** Resolves when the bytes have left. */
  async #send(response: ServerResponse, entry: { sentBytes: number }, bytes: Buffer): Promise<void> {
    entry.sentBytes += bytes.length;
    await new Promise<void>(resolve => response.write(bytes, () => resolve()));
  }
}

/** Registers the hooks; call it once per file. The server of the running test. */
export function fileServer(): () => FileServer {
  let server: FileServer;
  beforeEach(async () => {
    server = new FileServer();
    await server.open();
  });
  afterEach(() => server.close());
  return () => server;
}

/** A body that differs everywhere, and begins as HDF5 does. */
export function weightsBody(bytes: number, seed = 1): Buffer {
  const body = Buffer.alloc(bytes);
  for (let i = 0, state = seed; i < bytes; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    body[i] = state >>> 24;
  }
  body.write('\x89HDF\r\n\x1a\n', 0, 'latin1');
  return body;
}
